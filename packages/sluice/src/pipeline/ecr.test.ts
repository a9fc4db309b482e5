import { describe, expect, it } from 'vitest'
import { nodeApp } from '../generators/facts.fixture.ts'
import { ecrOf } from './ecr.ts'

describe('the registry that sluice.yaml names', () => {
  it.each([
    ['123456789012.dkr.ecr.eu-west-1.amazonaws.com/acme', 'eu-west-1', 'acme/shop'],
    ['123456789012.dkr.ecr.eu-west-1.amazonaws.com', 'eu-west-1', 'shop'],
    ['123456789012.dkr.ecr-fips.us-gov-west-1.amazonaws.com/a/b', 'us-gov-west-1', 'a/b/shop'],
    ['123456789012.dkr.ecr.cn-north-1.amazonaws.com.cn/acme', 'cn-north-1', 'acme/shop'],
    ['123456789012.dkr-ecr.eu-west-1.on.aws/acme', 'eu-west-1', 'acme/shop'],
    ['123456789012.dkr-ecr-fips.us-east-1.on.aws/acme/', 'us-east-1', 'acme/shop'],
  ])('is in ECR: %s', (registry, region, repository) => {
    expect(ecrOf(nodeApp(), registry)).toMatchObject({ account: '123456789012', region, repository })
  })

  it.each([
    null,
    'registry.example.com/123456789012.dkr.ecr.eu-west-1.amazonaws.com',
    '123456789012.dkr.ecr.eu-west-1.amazonaws.com.example.com/acme',
    '123456789012.dkr.ecr.eu-west-1.amazonaws.com:5000/acme',
    '12345.dkr.ecr.eu-west-1.amazonaws.com/acme',
    'public.ecr.aws/acme',
  ])('is another one: %s', (registry) => {
    expect(ecrOf(nodeApp(), registry)).toBeNull()
  })

  it('has an image by the name of the app, and of several apps each has a role', () => {
    const registry = '123456789012.dkr-ecr.eu-west-1.on.aws/acme'
    expect(ecrOf(nodeApp(), registry)).toMatchObject({
      image: '123456789012.dkr-ecr.eu-west-1.on.aws/acme/shop',
      roleVariable: 'AWS_ROLE_ARN',
    })
    expect(ecrOf(nodeApp({ name: 'public-api', folder: 'apps/api' }), registry)).toMatchObject({
      image: '123456789012.dkr-ecr.eu-west-1.on.aws/acme/public-api',
      roleVariable: 'AWS_ROLE_ARN_PUBLIC_API',
    })
  })
})
