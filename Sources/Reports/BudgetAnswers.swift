public import VRAMBudget

/// What a budget's report says beside the lines: what was found, how far it could go, what to change.
public struct BudgetAnswers: Sendable {
  /// The settings whose values were asked for.
  public var found: [FoundSetting]
  /// The largest context that fits even at the highest estimate, and as expected; nil where it is not
  /// asked or nothing fits.
  public var sureContext: Int64?
  public var likelyContext: Int64?
  /// What would make it fit, where it does not or only just; or fast enough, where it is not.
  public var suggestions: [Suggestion]
  /// What is said of a cap on the history, a line each.
  public var history: [HistoryCap]
  /// What llama-server would need less, for each deployment: see `Budget.savedByServer(of:graphs:)`.
  public var savedByServer: [Bytes?] = []

  public init(
    found: [FoundSetting] = [], sureContext: Int64? = nil, likelyContext: Int64? = nil,
    suggestions: [Suggestion] = [], history: [HistoryCap] = []
  ) {
    self.found = found
    self.sureContext = sureContext
    self.likelyContext = likelyContext
    self.suggestions = suggestions
    self.history = history
  }
}

extension BudgetAnswers {
  /// What the suggestions are for.
  func aim(of budget: Budget) -> String {
    if suggestions.contains(where: { $0.speed != nil }) { return "To be fast enough" }
    return budget.verdict == .tight ? "To be sure that it fits" : "To make it fit"
  }
}

/// What a cap on the tokens of the history means for one deployment's cache.
public struct HistoryCap: Hashable, Sendable {
  /// The index of the deployment.
  public let index: Int
  public let tokens: Int64
  /// What the cache takes for the whole context, and for as many tokens as the cap.
  public let whole: Bytes
  public let capped: Bytes
  /// Whether memory is taken for the whole context at the start, so that a reset frees none.
  public let isPreallocated: Bool

  public init(index: Int, tokens: Int64, whole: Bytes, capped: Bytes, isPreallocated: Bool) {
    self.index = index
    self.tokens = tokens
    self.whole = whole
    self.capped = capped
    self.isPreallocated = isPreallocated
  }
}
