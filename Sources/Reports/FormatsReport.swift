public import VRAMBudget

/// The formats that `--quant` takes, and the layouts that they are made of.
public struct FormatsReport: Sendable {
  fileprivate struct Document: Codable {
    struct Recipe: Codable {
      let name: String
      let synonyms: [String]
      let mainFormat: String
      let layout: String
      let runtimes: [String]
      let needsImatrix: Bool
      let use: String
      let source: String
    }
    let schema: Int
    let command: String
    let formats: [Recipe]
  }

  private let recipes: [FormatRecipe]

  public init(_ recipes: [FormatRecipe]) { self.recipes = recipes }

  /// The report in one of the formats.
  public func text(_ format: ReportFormat) -> String {
    switch format {
    case .json:
      jsonText(
        Document(
          schema: 1, command: "formats", formats: recipes.map { Document.Recipe(describing: $0) }))
    case .csv: table.csv
    case .table: table.text
    case .markdown: table.markdown
    }
  }

  private var table: TextTable {
    var table = TextTable([
      ("Format", .left), ("Mostly", .left), ("Layout of a block", .left), ("Runtime", .left),
      ("Use", .left),
    ])
    for recipe in recipes {
      table.add([
        recipe.name, recipe.mainFormat.name, recipe.mainFormat.layoutDescription,
        recipe.runtimes.map(\.title).joined(separator: ", "), recipe.use,
      ])
    }
    return table
  }
}

extension FormatsReport.Document.Recipe {
  fileprivate init(describing recipe: FormatRecipe) {
    var needsImatrix = false
    if case .llamaCpp(let fileType, _) = recipe.method { needsImatrix = fileType.needsImatrix }
    self.init(
      name: recipe.name, synonyms: recipe.synonyms, mainFormat: recipe.mainFormat.name,
      layout: recipe.mainFormat.layoutDescription, runtimes: recipe.runtimes.map(\.rawValue),
      needsImatrix: needsImatrix, use: recipe.use, source: recipe.mainFormat.source)
  }
}
