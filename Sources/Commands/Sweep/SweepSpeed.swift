internal import ArgumentParsing
internal import Reports
internal import VRAMBudget

/// How fast the cells of a sweep are, keeping what neighbours share: the work of a deployment, the
/// first token, the rate after the prompt.
struct SweepSpeed: Sendable {
  let question: SpeedQuestion
  /// A deployment like the cells', whatever its workload, and the cells' devices.
  private var deployment: Deployment?
  private var devices: [Device] = []
  /// Its speed there, nil where that is not known; made when it is asked for, since only then the
  /// runtime is known to take the configuration.
  private var model: SpeedModel?
  private var isMade = false
  /// The same on the last devices whose bandwidth is known.
  private var known: (devices: Int, model: SpeedModel)?
  /// What was last asked: the rate depends on sequences and prompt alone.
  private var last: (sequences: Int64, speed: ServingSpeed)?

  init(_ question: SpeedQuestion) { self.question = question }

  /// Goes to a deployment; nil where none can be priced.
  mutating func move(to deployment: Deployment?, on devices: [Device]) {
    self.deployment = deployment
    known = nil
    move(to: devices)
  }

  /// Goes to other devices.
  mutating func move(to devices: [Device]) {
    self.devices = devices
    last = nil
    isMade = false
  }

  private mutating func make() {
    isMade = true
    model = nil
    guard let deployment else { return }
    if let known, known.devices == devices.count {
      model = known.model.moved(to: devices, of: deployment)
    } else {
      model = SpeedModel(of: deployment, on: devices, hostBandwidth: question.hostBandwidth)
    }
    if let model { known = (devices.count, model) }
  }

  /// Writes how fast a workload is served, once its budget could be made.
  ///
  /// - Throws: A failure at `--prompt` where a sequence cannot hold it.
  mutating func write(
    _ workload: Workload, under kind: RuntimeKind, into row: inout SweepRow
  ) throws(CommandFailure) {
    if !isMade { make() }
    guard let model else { return row.take(nil, atFullContext: nil) }
    let held = workload.tokensPerSequence(under: kind)
    if let prompt = question.prompt, prompt > held {
      throw SpeedOptions.tooLong(prompt, held)
    }
    let prompt = workload.prompt(question.prompt, under: kind)
    if let last, last.sequences == workload.sequences, last.speed.prompt == prompt {
      row.take(last.speed, atFullContext: model.expectedRate(depth: held, workload.sequences))
      return
    }
    let speed = model.serving(workload, under: kind, prompt: prompt)
    last = (workload.sequences, speed)
    row.take(speed, atFullContext: model.expectedRate(depth: held, workload.sequences))
  }
}

extension SweepCondition {
  /// The conditions that requirements on speed are: as expected, or for sure where that is asked.
  static func conditions(
    on requirements: [SpeedRequirement], isStrict: Bool
  ) -> [SweepCondition] {
    requirements.map { requirement in
      switch requirement {
      case .firstToken(let seconds):
        SweepCondition(isStrict ? .firstTokenHigh : .firstToken, .lessOrEqual, millionths(seconds))
      case .rate(let tokens):
        SweepCondition(isStrict ? .rateLow : .rate, .greaterOrEqual, millionths(tokens))
      }
    }
  }

  /// The number in millionths.
  static func millionths(_ value: Double) -> Int64 { Int64(min(9e18, value * 1e6).rounded()) }
}
