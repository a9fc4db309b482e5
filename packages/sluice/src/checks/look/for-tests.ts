/** Whether a file is there for tests, as an example or as documentation, by its path: what it holds never runs where users are. */
export function isForTests(path: string): boolean {
  return folders.test(path) || names.test(path)
}

const folders =
  /(?:^|\/)(?:tests?|__tests__|__mocks__|__snapshots__|__fixtures__|specs?|e2e|cypress|fixtures?|mocks?|stubs?|testdata|test-data|testing|examples?|samples?|demos?|docs?|documentation|benchmarks?|storybook|stories)\//i

const names =
  /(?:^|\/)(?:test_[^/]*|conftest)\.py$|_test\.(?:go|py)$|[.-](?:test|tests|spec|fixture|fixtures|mock|mocks|stories|snap|example|examples|sample|template|tmpl|tpl|dist)(?:\.[\w-]+)*$|\.(?:md|mdx|rst|adoc)$/i
