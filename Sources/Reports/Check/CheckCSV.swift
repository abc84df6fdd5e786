internal import VRAMBudget

/// The result of a check as CSV: a row for each thing that was checked, whole bytes.
enum CheckCSV {
  static func text(_ result: CheckResult) -> String {
    var table = TextTable(
      [
        ("name", .left), ("status", .left), ("rule", .left), ("rule_status", .left),
        ("verdict", .left), ("limit", .left), ("device", .left), ("expected_bytes", .right),
        ("high_bytes", .right), ("available_bytes", .right), ("context", .right), ("file", .left),
        ("line", .right), ("problem", .left), ("least_available_bytes", .right),
      ] + SpeedReport.columns.map { ($0, .right) })
    for deployment in result.deployments {
      for finding in deployment.findings {
        let device = finding.device.flatMap { index in
          deployment.devices.indices.contains(index) ? deployment.devices[index].id : nil
        }
        let line = finding.line ?? deployment.line
        table.add(
          [
            deployment.name, deployment.status.rawValue, finding.rule.rawValue,
            finding.status.rawValue, finding.verdict ?? "", finding.limit ?? "", device ?? "",
            number(finding.expectedBytes), number(finding.highBytes),
            number(finding.availableBytes),
            number(finding.context), result.file ?? "", line.map(String.init) ?? "",
            finding.problem ?? "", number(finding.leastAvailableBytes),
          ]
            + SpeedReport.cells(
              rate: finding.speed?.tokensPerSecond,
              firstToken: finding.speed?.firstTokenSeconds))
      }
    }
    return table.csv
  }

  private static func number(_ value: Int64?) -> String { value.map(String.init) ?? "" }
}
