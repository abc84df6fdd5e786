/// An error that says what is wrong and what to do about it.
///
/// The place (the file, the entry, the option) is added by whoever reports the error, once.
public protocol ActionableError: Error {
  /// What is wrong, with the value: lower case, one clause, no full stop.
  var problem: String { get }
  /// What to do, naming an option or the allowed values.
  var fix: String { get }
}
