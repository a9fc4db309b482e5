import { mayPush } from '../../pipeline/ecr.ts'
import { type Job, usesRegistry } from '../../pipeline/pipeline.ts'
import { logicalId } from './logical-id.ts'

type Fields = Record<string, unknown>

/** One role for all that only checks, and one for each job that may change something. */
export function roleResources(jobs: Job[], hasImages: boolean): Fields {
  const own = jobs.filter(hasOwnRole)
  return {
    CheckRole: role('codebuild.amazonaws.com', ofEveryBuild),
    ...Object.fromEntries(
      own.map((job) => [
        roleOf(job),
        role('codebuild.amazonaws.com', [
          ...ofEveryBuild,
          ...(hasImages && job.permissions.some(({ level }) => level === 'write')
            ? mayPush({ 'Fn::GetAtt': ['Images', 'Arn'] })
            : []),
          ...(job.place.kind === 'machine' ? toReach(job.place.label) : []),
        ]),
      ]),
    ),
  }
}

/** The name of the role that a job runs with. */
export function roleOf(job: Job): string {
  return hasOwnRole(job) ? `${logicalId(job.id)}Role` : 'CheckRole'
}

/** Starts builds, and hands on what they work with. */
export function roleOfPipelines(jobs: Job[]): Fields {
  return role('codepipeline.amazonaws.com', [
    ...toReadArtifacts,
    toWriteArtifacts(''),
    useConnection,
    {
      Effect: 'Allow',
      Action: ['codebuild:StartBuild', 'codebuild:BatchGetBuilds'],
      Resource: jobs.map(({ id }) => ({ 'Fn::GetAtt': [logicalId(id), 'Arn'] })),
    },
  ])
}

function hasOwnRole(job: Job): boolean {
  return usesRegistry(job) || job.place.kind === 'machine'
}

function role(service: string, statements: Fields[]): Fields {
  return {
    Type: 'AWS::IAM::Role',
    Properties: {
      AssumeRolePolicyDocument: {
        Version: '2012-10-17',
        Statement: [
          {
            Effect: 'Allow',
            Principal: { Service: service },
            Action: 'sts:AssumeRole',
            Condition: { StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } } },
          },
        ],
      },
      Policies: [{ PolicyName: 'own', PolicyDocument: { Version: '2012-10-17', Statement: statements } }],
    },
  }
}

// Code of a pull request runs with it, so it writes nothing that others read.
const toReadArtifacts: Fields[] = [
  {
    Effect: 'Allow',
    Action: ['s3:GetObject', 's3:GetObjectVersion'],
    Resource: { 'Fn::Sub': '${Artifacts.Arn}/*' },
  },
  {
    Effect: 'Allow',
    Action: ['s3:GetBucketLocation', 's3:GetBucketVersioning'],
    Resource: { 'Fn::GetAtt': ['Artifacts', 'Arn'] },
  },
]

function toWriteArtifacts(below: string): Fields {
  return {
    Effect: 'Allow',
    Action: 's3:PutObject',
    Resource: { 'Fn::Sub': `\${Artifacts.Arn}/${below}*` },
  }
}

const useConnection: Fields = {
  Effect: 'Allow',
  Action: ['codeconnections:UseConnection', 'codestar-connections:UseConnection'],
  Resource: { Ref: 'Connection' },
}

const ofEveryBuild: Fields[] = [
  {
    Effect: 'Allow',
    Action: ['logs:CreateLogGroup', 'logs:CreateLogStream', 'logs:PutLogEvents'],
    Resource: {
      'Fn::Sub':
        'arn:${AWS::Partition}:logs:${AWS::Region}:${AWS::AccountId}:log-group:/aws/codebuild/${AWS::StackName}-*',
    },
  },
  ...toReadArtifacts,
  useConnection,
]

// One document, and machines with one tag. To ask for the answer knows no narrower resource.
function toReach(label: string): Fields[] {
  return [
    toWriteArtifacts('machine/'),
    {
      Effect: 'Allow',
      Action: 'ssm:SendCommand',
      Resource: {
        'Fn::Sub': 'arn:${AWS::Partition}:ssm:${AWS::Region}::document/AWS-RunShellScript',
      },
    },
    {
      Effect: 'Allow',
      Action: 'ssm:SendCommand',
      Resource: [
        { 'Fn::Sub': 'arn:${AWS::Partition}:ec2:${AWS::Region}:${AWS::AccountId}:instance/*' },
        { 'Fn::Sub': 'arn:${AWS::Partition}:ssm:${AWS::Region}:${AWS::AccountId}:managed-instance/*' },
      ],
      Condition: { StringEquals: { 'ssm:resourceTag/sluice': label } },
    },
    { Effect: 'Allow', Action: ['ssm:ListCommands', 'ssm:ListCommandInvocations'], Resource: '*' },
  ]
}
