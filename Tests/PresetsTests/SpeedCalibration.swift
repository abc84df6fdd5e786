import VRAMBudget

/// The fit of what a step takes to published runs, from which the constants of `Efficiency` come.
///
/// The time of a step is linear in what it reads: bytes of four widths, of chosen experts, of fused and
/// unfused caches, each over the bandwidth, and layers. The relative errors' squares are least, drawn
/// towards what is likely before any run is seen; a class of processors is drawn towards all together.
struct SpeedCalibration {
  /// What a run reads, as shares of the time that it took.
  typealias Terms = SIMD8<Double>

  /// The runs of a device of one class.
  struct Unit {
    let device: String
    let kind: ProcessorKind
    let runs: [(row: Int, terms: Terms)]
    let equations: Equations

    /// Of many runs of a device no more count than four.
    init(device: String, kind: ProcessorKind, runs: [(row: Int, terms: Terms)]) {
      self.device = device
      self.kind = kind
      self.runs = runs
      let weight =
        min(1, 4 / Double(runs.count)) / (SpeedCalibration.noise * SpeedCalibration.noise)
      var equations = Equations()
      for (_, terms) in runs {
        for index in 0..<8 { equations.matrix[index] += weight * terms[index] * terms }
        equations.vector += weight * terms
      }
      self.equations = equations
    }
  }

  /// The normal equations of some runs.
  struct Equations {
    var matrix = Array(repeating: Terms.zero, count: 8)
    var vector = Terms.zero

    mutating func add(_ other: Equations, times factor: Double = 1) {
      for index in 0..<8 { matrix[index] += factor * other.matrix[index] }
      vector += factor * other.vector
    }
  }

  /// What is likely of each term beforehand, and how sure: memory reads at 0.6 to 0.9 of its
  /// bandwidth, experts and caches slower, a layer takes some tens of microseconds.
  private static let likely = Terms(1.13, 1.13, 1.18, 1.6, 0.9, 1.4, 4, 0.9)
  private static let deviation = Terms(0.15, 0.15, 0.15, 0.3, 0.6, 0.6, 2, 0.6)
  private static let least = Terms(1, 1, 1, 1, 0, 1, 1, 0.05)
  /// The relative error of a run.
  fileprivate static let noise = 0.12
  /// The share of runs that may lie beyond each end of the range.
  private static let tail = 0.02

  let units: [Unit]
  /// Of all units, and of those of each class.
  private var sums: [ProcessorKind?: Equations] = [:]

  init(_ rows: [SpeedRow]) throws {
    var runs: [String: (device: String, kind: ProcessorKind, runs: [(row: Int, terms: Terms)])] =
      [:]
    var order: [String] = []
    for (index, row) in rows.enumerated() where !row.isPrompt && row.sequences == 1 {
      guard let model = try row.model() else { continue }
      let readings = model.readings(depth: row.depth)
      guard let kind = readings.first?.kind else { continue }
      let key = "\(row.device) \(kind.rawValue)"
      if runs[key] == nil { order.append(key) }
      runs[key, default: (row.device, kind, [])].runs.append(
        (index, row.rate * Self.terms(of: readings)))
    }
    units = order.compactMap { key in
      runs[key].map { Unit(device: $0.device, kind: $0.kind, runs: $0.runs) }
    }
    for unit in units {
      sums[nil, default: Equations()].add(unit.equations)
      sums[unit.kind, default: Equations()].add(unit.equations)
    }
  }

  /// The seconds of each term at full bandwidth, layers in tenths of a millisecond.
  static func terms(of readings: [StepReading]) -> Terms {
    readings.reduce(.zero) { sum, reading in
      let widths = reading.weights
      let cache = reading.cacheBytes
      return sum + Terms(
        widths[.sixteen], widths[.eight], widths[.four], widths[.low], reading.routedBytes,
        reading.isFused ? cache : 0, reading.isFused ? 0 : cache,
        reading.layers * 1e-4 * reading.bandwidth.expected) / reading.bandwidth.expected
    }
  }

  // MARK: Fit

  /// What a class of processors takes for each term, without what some devices say.
  ///
  /// - Parameter kind: Nil for all classes together.
  func fit(of kind: ProcessorKind?, without devices: String...) -> Terms {
    let left = units.filter { devices.contains($0.device) }
    func solution(_ kind: ProcessorKind?, towards likely: Terms, _ deviation: Terms) -> Terms {
      var equations = sums[kind] ?? Equations()
      for unit in left where kind == nil || unit.kind == kind {
        equations.add(unit.equations, times: -1)
      }
      return Self.solve(equations, towards: likely, deviation: deviation)
    }
    let all = solution(nil, towards: Self.likely, Self.deviation)
    return kind == nil ? all : solution(kind, towards: all, 0.5.squareRoot() * Self.deviation)
  }

  private static func solve(
    _ equations: Equations, towards likely: Terms, deviation: Terms
  ) -> Terms {
    var (matrix, vector) = (equations.matrix, equations.vector)
    let sureness = 1 / (deviation * deviation)
    for index in 0..<8 { matrix[index][index] += sureness[index] }
    vector += sureness * likely
    // Gauss; the matrix is positive definite, so no row need be exchanged.
    for pivot in 0..<8 {
      for row in 0..<8 where row != pivot {
        let factor = matrix[row][pivot] / matrix[pivot][pivot]
        matrix[row] -= factor * matrix[pivot]
        vector[row] -= factor * vector[pivot]
      }
    }
    for index in 0..<8 { vector[index] /= matrix[index][index] }
    return vector.replacing(with: least, where: vector .< least)
  }

  // MARK: Spread

  /// The factors on the expected time between which runs of a class lie, of devices that the fit has
  /// not seen, without what one device says.
  ///
  /// Where a class has fewer than four other devices, those of all classes count.
  func spread(of kind: ProcessorKind?, without device: String = "") -> (least: Double, most: Double)
  {
    let others = units.filter { $0.device != device }
    let same = others.filter { $0.kind == kind }
    var ratios: [(ratio: Double, weight: Double)] = []
    for unit in Set(same.map(\.device)).count >= 4 ? same : others {
      let fit = fit(of: unit.kind, without: device, unit.device)
      for (_, terms) in unit.runs {
        // The time that was measured over the one that is expected.
        ratios.append((1 / (fit * terms).sum(), 1 / Double(unit.runs.count).squareRoot()))
      }
    }
    ratios.sort { $0.ratio < $1.ratio }
    let whole = ratios.reduce(0) { $0 + $1.weight }
    func quantile(_ share: Double) -> Double {
      var sum = 0.0
      return ratios.first {
        sum += $0.weight
        return sum >= share * whole
      }?.ratio ?? 1
    }
    return (quantile(Self.tail), quantile(1 - Self.tail))
  }
}
