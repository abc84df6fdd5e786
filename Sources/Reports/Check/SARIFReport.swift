internal import VRAMBudget

/// The result of a check as a SARIF 2.1.0 log: a result for each limit that does not hold, at its line
/// of the budgets file.
struct SARIFReport {
  private let words: CheckText

  init(_ words: CheckText) { self.words = words }

  func text(_ result: CheckResult) -> String {
    jsonText(log(result), convertsKeys: false)
  }

  private func log(_ result: CheckResult) -> Log {
    Log(
      schema: "https://json.schemastore.org/sarif-2.1.0.json", version: "2.1.0",
      runs: [
        Run(
          tool: .init(
            driver: .init(
              name: "vram-budget", version: result.toolVersion,
              rules: Finding.Rule.allCases.map(Rule.init))),
          results: result.deployments.flatMap { results(of: $0, in: result) })
      ])
  }

  private func results(of deployment: CheckedDeployment, in result: CheckResult) -> [Result] {
    deployment.findings.filter { $0.status != .pass || $0.isTight }.map { finding in
      let fixes = finding.fix.map { [$0] } ?? words.fixes(deployment)
      let lines =
        ["\(deployment.name): \(words.text(finding, in: deployment))"]
        + fixes.map { "fix: \($0)" }
      return Result(
        ruleId: finding.rule.rawValue,
        ruleIndex: Finding.Rule.allCases.firstIndex(of: finding.rule) ?? 0,
        level: finding.status == .pass ? "warning" : "error",
        message: .init(text: lines.joined(separator: "\n")),
        locations: location(finding, deployment, result).map { [$0] } ?? [],
        partialFingerprints: ["vramBudget/v1": fingerprint(finding, deployment, result)])
    }
  }

  private func location(
    _ finding: Finding, _ deployment: CheckedDeployment, _ result: CheckResult
  ) -> Location? {
    guard let file = result.file else { return nil }
    return Location(
      physicalLocation: .init(
        artifactLocation: .init(uri: uri(file)),
        region: (finding.line ?? deployment.line).map { .init(startLine: $0) }))
  }

  /// The same for the same limit of the same deployment, whatever its line and its figures.
  private func fingerprint(
    _ finding: Finding, _ deployment: CheckedDeployment, _ result: CheckResult
  ) -> String {
    var digest = StableDigest()
    digest.combine(result.file ?? "")
    digest.combine(deployment.name)
    digest.combine(finding.rule.rawValue)
    return digest.text
  }

  /// The path as a relative reference of RFC 3986.
  private func uri(_ path: String) -> String {
    var uri = ""
    for byte in path.utf8 {
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."),
        UInt8(ascii: "_"), UInt8(ascii: "~"), UInt8(ascii: "/"):
        uri.unicodeScalars.append(Unicode.Scalar(byte))
      default:
        let digits = String(byte, radix: 16, uppercase: true)
        uri += "%" + (digits.count == 1 ? "0" : "") + digits
      }
    }
    return uri
  }
}

// MARK: - The log's objects, by SARIF's names

extension SARIFReport {
  private struct Log: Encodable {
    let schema: String
    let version: String
    let runs: [Run]

    enum CodingKeys: String, CodingKey {
      case schema = "$schema"
      case version, runs
    }
  }

  private struct Run: Encodable {
    let tool: Tool
    let results: [Result]
  }

  private struct Tool: Encodable { let driver: Driver }

  private struct Driver: Encodable {
    let name: String
    let version: String
    let rules: [Rule]
  }

  private struct Rule: Encodable {
    let id: String
    let name: String
    let shortDescription: Text

    init(_ rule: Finding.Rule) {
      id = rule.rawValue
      switch rule {
      case .fits:
        name = "Fits"
        shortDescription = Text(text: "The deployment fits its devices.")
      case .max:
        name = "Max"
        shortDescription = Text(text: "Each device needs no more than the limit.")
      case .minHeadroom:
        name = "MinHeadroom"
        shortDescription = Text(text: "Each device has at least so much left.")
      case .minContext:
        name = "MinContext"
        shortDescription = Text(text: "At least so much context fits.")
      case .maxFirstToken:
        name = "MaxFirstToken"
        shortDescription = Text(text: "The first token comes within the limit.")
      case .minTokensPerSecond:
        name = "MinTokensPerSecond"
        shortDescription = Text(text: "Each sequence gets at least so many tokens a second.")
      case .settings:
        name = "Settings"
        shortDescription = Text(text: "Every setting is understood.")
      case .priced:
        name = "Priced"
        shortDescription = Text(text: "Everything that is deployed can be priced.")
      }
    }
  }

  private struct Text: Encodable { let text: String }

  private struct Result: Encodable {
    let ruleId: String
    let ruleIndex: Int
    let level: String
    let message: Text
    let locations: [Location]
    let partialFingerprints: [String: String]
  }

  private struct Location: Encodable { let physicalLocation: PhysicalLocation }

  private struct PhysicalLocation: Encodable {
    let artifactLocation: ArtifactLocation
    let region: Region?
  }

  private struct ArtifactLocation: Encodable { let uri: String }

  private struct Region: Encodable { let startLine: Int }
}
