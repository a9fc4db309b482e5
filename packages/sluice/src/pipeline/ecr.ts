import type { AppFacts } from '../detect/facts.ts'
import type { Cloud } from './pipeline.ts'

type Fields = Record<string, unknown>

// As AWS's own helper of Docker reads them. Only the second is reached by IPv6 as well.
const hosts = [
  /^(\d{12})\.dkr\.ecr(?:-fips)?\.([a-z0-9-]+)\.amazonaws\.com(?:\.cn)?$/,
  /^(\d{12})\.dkr-ecr(?:-fips)?\.([a-z0-9-]+)\.on\.aws$/,
]

/** Where an app's image is kept in Amazon ECR, by the registry that its sluice.yaml names; null where it is not there. */
export function ecrOf({ name, folder }: AppFacts, registry: string | null): Cloud | null {
  const [host = '', ...path] = (registry ?? '').replace(/\/+$/, '').split('/')
  const [, account, region] = hosts.map((one) => one.exec(host)).find((one) => one !== null) ?? []
  if (account === undefined || region === undefined) return null
  const repository = [...path, name].join('/').toLowerCase()
  return {
    kind: 'aws',
    account,
    region,
    repository,
    image: `${host}/${repository}`,
    // Of several apps in a project each has a role of its own.
    roleVariable: folder === '.' ? 'AWS_ROLE_ARN' : `AWS_ROLE_ARN_${name.toUpperCase().replaceAll('-', '_')}`,
  }
}

/** Gets the password of a registry for a job, with whatever role the AWS CLI finds. It is good for half a day. */
export function ecrPassword({ region }: Cloud): string {
  return `REGISTRY_USER=AWS
REGISTRY_TOKEN=$(aws ecr get-login-password --region ${region})`
}

/** What a role has to be allowed to push to one repository, in the words of IAM. */
export function mayPush(repository: unknown): Fields[] {
  return [
    { Effect: 'Allow', Action: 'ecr:GetAuthorizationToken', Resource: '*' },
    {
      Effect: 'Allow',
      Action: [
        ...['ecr:BatchCheckLayerAvailability', 'ecr:BatchGetImage', 'ecr:GetDownloadUrlForLayer'],
        ...['ecr:InitiateLayerUpload', 'ecr:UploadLayerPart', 'ecr:CompleteLayerUpload', 'ecr:PutImage'],
      ],
      Resource: repository,
    },
  ]
}
