public import VRAMBudget

/// The formats that `--quant` takes, and the layouts that they are made of.
public struct FormatsReport: Sendable {
  fileprivate struct Document: Codable {
    struct Recipe: Codable {
      let name: String
      let synonyms: [String]
      let mainFormat: String
      let layout: String
      let project: String
      let loader: String
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
  private let variants: [FormatRecipe]

  /// - Parameter variants: Recipes that are only named.
  public init(_ recipes: [FormatRecipe], variants: [FormatRecipe] = []) {
    self.recipes = recipes
    self.variants = variants
  }

  /// The report in one of the formats.
  public func text(_ format: ReportFormat) -> String {
    switch format {
    case .json:
      jsonText(
        Document(
          schema: 1, command: "formats",
          formats: (recipes + variants).map { Document.Recipe(describing: $0) }))
    case .csv: table(of: recipes + variants).csv
    case .table: groups { "\($0.rawValue)\n\n" + $1.text }
    case .markdown: groups { "### \($0.rawValue)\n\n" + $1.markdown }
    }
  }

  /// A table for each program that loads any of the recipes, with the names of its variants.
  private func groups(_ text: (FormatLoader, TextTable) -> String) -> String {
    FormatLoader.allCases.compactMap { loader in
      let members = recipes.filter { $0.project.loader == loader }
      guard !members.isEmpty else { return nil }
      let others = variants.filter { $0.project.loader == loader }.map(\.name)
      return text(loader, table(of: members))
        + (others.isEmpty ? "" : wrapped("Also: " + others.joined(separator: ", ") + ".") + "\n")
        + (loader == .exLlama && recipes.count > 1
          ? "Any other target, to two decimals: EXL2-4.65bpw, EXL3-3.5bpw-h8.\n" : "")
    }.joined(separator: "\n")
  }

  private func table(of recipes: [FormatRecipe]) -> TextTable {
    var table = TextTable([
      ("Format", .left), ("Mostly", .left), ("Layout", .left), ("From", .left), ("Use", .left),
    ])
    for recipe in recipes {
      table.add([
        recipe.name, recipe.mainFormat.name, recipe.mainFormat.layoutDescription,
        recipe.project.rawValue, recipe.use,
      ])
    }
    return table
  }
}

extension FormatsReport.Document.Recipe {
  fileprivate init(describing recipe: FormatRecipe) {
    var needsImatrix = false
    if case .llamaCpp(let fileType, _, _) = recipe.method { needsImatrix = fileType.needsImatrix }
    self.init(
      name: recipe.name, synonyms: recipe.synonyms, mainFormat: recipe.mainFormat.name,
      layout: recipe.mainFormat.layoutDescription,
      project: recipe.project.rawValue, loader: recipe.project.loader.rawValue,
      runtimes: recipe.runtimes.map(\.rawValue),
      needsImatrix: needsImatrix, use: recipe.use, source: recipe.mainFormat.source)
  }
}
