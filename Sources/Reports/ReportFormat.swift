/// The shapes that a result can be written in.
public enum ReportFormat: String, CaseIterable, Sendable {
  /// For people; may change between releases.
  case table
  /// For programs: whole bytes, keys that are only ever added.
  case json
  /// For programs and spreadsheets: whole bytes, columns that are only ever added.
  case csv
  /// For documents and pull requests.
  case markdown
}
