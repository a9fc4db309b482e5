import { posix } from 'node:path'
import { mayPush } from './ecr.ts'
import type { Cloud } from './pipeline.ts'
import { shellWord } from './shell-word.ts'
import { inParts, yamlText } from './yaml-text.ts'

type Fields = Record<string, unknown>

/** What a stack of CloudFormation is told. Without a default nothing is created before a person has said it. */
export interface Parameter {
  description: string
  pattern: string
  default?: string
}

/**
 * Whom a role believes: the tokens of a CI system, and of those only the ones that it makes for what was merged.
 * In all of it `${Name}` is a parameter.
 */
export interface Trust {
  /** `Acme CI` */
  system: string
  /** The address of who makes the tokens, without `https://`. */
  issuer: string
  audience: string
  /** `StringLike`: `?` in a subject is any one character, and `*` any number of them. */
  compared: 'StringEquals' | 'StringLike'
  subjects: string[]
  parameters: Record<string, Parameter>
}

/** For names of branches: nothing that means something to IAM, or that ends a text in JSON. */
export const branchPattern = '^[^\\s"$*?\\\\]+$'

/** A template of CloudFormation with the one role that may push an image, and nothing else. */
export function roleText(app: string, cloud: Cloud, trust: Trust): string {
  return inParts(yamlText(template(app, cloud, trust)), (indent) => indent === 0 || indent === 2)
}

function template(app: string, cloud: Cloud, trust: Trust): Fields {
  const { system, issuer, audience, parameters } = trust
  return {
    AWSTemplateFormatVersion: '2010-09-09',
    Description: `Lets ${system} push the image of ${app}, with no key kept anywhere`,
    Parameters: {
      ...Object.fromEntries(Object.entries(parameters).map(([name, one]) => [name, parameterFields(one)])),
      ProviderArn: parameterFields({
        description: `ARN of the identity provider that the account has for ${system}; empty: one is created`,
        pattern: '^(arn:[a-z-]+:iam::[0-9]{12}:oidc-provider/.+)?$',
        default: '',
      }),
    },
    Conditions: { CreatesProvider: { 'Fn::Equals': [{ Ref: 'ProviderArn' }, ''] } },
    Resources: {
      // An account has one for each issuer, and other roles may come to need it.
      Provider: {
        Type: 'AWS::IAM::OIDCProvider',
        Condition: 'CreatesProvider',
        DeletionPolicy: 'Retain',
        UpdateReplacePolicy: 'Retain',
        Properties: { Url: filled(`https://${issuer}`), ClientIdList: [filled(audience)] },
      },
      Role: {
        Type: 'AWS::IAM::Role',
        Properties: {
          AssumeRolePolicyDocument: trustPolicy(trust),
          Policies: [
            {
              PolicyName: 'push',
              PolicyDocument: { Version: '2012-10-17', Statement: mayPush(repositoryArn(cloud)) },
            },
          ],
        },
      },
    },
    Outputs: { Role: { Description: 'ARN of the role', Value: { 'Fn::GetAtt': ['Role', 'Arn'] } } },
  }
}

/** What a person does with the file: `values` are of parameters without a default, and `put` is where the ARN belongs. */
export function roleNote(
  { app, path, values, put }: { app: string; path: string; values: Record<string, string>; put: string },
  { account, region }: Cloud,
  { issuer }: Trust,
): string {
  const stack = `--stack-name ${app}-${posix.basename(path, '.yaml')} --region ${region}`
  const given = Object.entries(values).map(([name, value]) => ` ${name}=${value}`)
  const overrides = given.length === 0 ? '' : ` --parameter-overrides${given.join('')}`
  const [host] = issuer.split('/')
  return `${path} is the role in the account ${account} that pushes the image of ${app}: aws cloudformation deploy --template-file ${shellWord(path)} ${stack} --capabilities CAPABILITY_IAM${overrides}. Where the account has an identity provider for ${host} already, name it by the parameter ProviderArn. ${put} its ARN: aws cloudformation describe-stacks ${stack} --query "Stacks[0].Outputs[0].OutputValue" --output text`
}

function trustPolicy({ issuer, audience, compared, subjects }: Trust): Fields {
  const provider = { 'Fn::If': ['CreatesProvider', { Ref: 'Provider' }, { Ref: 'ProviderArn' }] }
  const policy = (principal: unknown, put: (text: string) => unknown) => {
    const isFor = { [`${issuer}:aud`]: put(audience) }
    const isOf = { [`${issuer}:sub`]: subjects.map(put) }
    return {
      Version: '2012-10-17',
      Statement: [
        {
          Effect: 'Allow',
          Principal: { Federated: principal },
          Action: 'sts:AssumeRoleWithWebIdentity',
          Condition:
            compared === 'StringEquals'
              ? { StringEquals: { ...isFor, ...isOf } }
              : { StringEquals: isFor, StringLike: isOf },
        },
      ],
    }
  }
  if (!issuer.includes('${')) return policy(provider, filled)
  // CloudFormation puts nothing into a key, but into a text that is JSON.
  const text = JSON.stringify(
    policy('${Believed}', (one) => one),
    null,
    2,
  )
  return { 'Fn::Sub': [text, { Believed: provider }] }
}

function repositoryArn({ account, region, repository }: Cloud): Fields {
  return { 'Fn::Sub': `arn:\${AWS::Partition}:ecr:${region}:${account}:repository/${repository}` }
}

function filled(text: string): unknown {
  return text.includes('${') ? { 'Fn::Sub': text } : text
}

function parameterFields({ description, pattern, default: value }: Parameter): Fields {
  return {
    Type: 'String',
    Description: description,
    AllowedPattern: pattern,
    ...(value === undefined ? {} : { Default: value }),
  }
}
