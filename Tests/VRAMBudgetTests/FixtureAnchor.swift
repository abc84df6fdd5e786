/// A path beside `Fixtures/`, for tests that lie in folders below it.
let fixtureAnchor = #filePath
