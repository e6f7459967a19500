import KernelHTTP
import KernelModels
import KernelSystem
import ModuleChat

/// One model and its server, as the thread of the local models keeps them.
final class LocalServer {
    let name: String
    var model: LocalModel
    var life = ServerLife()
    var policy = ServerLife.Policy()
    /// What ends of it are reported under.
    let token: UInt64
    var process: ServerProcess?
    /// What the process was started with.
    var line: [String] = []
    /// Kept from one start to the next after a crash, so that whoever asks again finds it.
    var port: UInt16?
    var key = ""
    var loaded: LoadedModel?
    var contextTokens: Int?
    var memoryBytes: Int?
    var startedNanoseconds: UInt64 = 0
    var expectedLoadSeconds: Double?
    var lastFraction = 0.0
    var lastReason: String?
    /// The files as they were when it failed: others are tried anew.
    var failedFiles: [FileStatus?] = []
    /// The configuration wants something else than what runs.
    var isStale = false
    var isRemoved = false

    /// Who waits, and who has it.
    var waiting: [LocalBorrower] = []
    var holders: Set<UInt64> = []
    var unloading: [@Sendable (Result<Void, ChatFailure>) -> Void] = []
    /// Those who had it when it crashed.
    var crashedHolders: Set<UInt64> = []
    /// Who wants to know why it failed, and until when that may still show.
    private var explanations: [LocalLoan.Explanation] = []
    private(set) var explanationDue: UInt64?

    /// Where somebody else's server may have it.
    var portsToLookAt: [UInt16] = []

    /// The question that is out, and when the next one is.
    var question: UInt64?
    var nextQuestion: UInt64 = 0
    var nextProgress: UInt64 = 0
    /// What everybody is told of its getting ready.
    var telling: LoadTelling?

    init(_ model: LocalModel, token: UInt64) {
        name = model.name
        self.model = model
        self.token = token
    }

    var isWanted: Bool { !waiting.isEmpty || !holders.isEmpty }

    /// As its server was told.
    var modelFile: String? {
        line.firstIndex(of: "-m").flatMap { $0 + 1 < line.count ? line[$0 + 1] : nil }
    }

    var base: String { "http://127.0.0.1:\(port ?? 0)" }

    /// It does not answer yet, and is asked whether it does.
    var isLoading: Bool {
        switch life.state {
        case .starting, .loading: process != nil
        default: false
        }
    }

    var dueNanoseconds: UInt64? {
        var times: [UInt64] = []
        if let due = life.dueNanoseconds(policy) { times.append(due) }
        if isLoading, question == nil { times.append(nextQuestion) }
        if !waiting.isEmpty { times.append(nextProgress) }
        if let explanationDue { times.append(explanationDue) }
        return times.min()
    }

    // MARK: What is told

    func explainSoon(_ done: @escaping LocalLoan.Explanation) {
        explanations.append(done)
        explanationDue = SystemClock.monotonicNanoseconds + Self.explanationNanoseconds
    }

    func tellExplanations(_ reason: String?) {
        let told = explanations
        explanations = []
        explanationDue = nil
        for done in told { done(reason) }
    }

    /// Between the end of a connection and the end of the process that had it.
    private static let explanationNanoseconds: UInt64 = 300_000_000

    func endpoint(base: String, key: String?) -> ModelEndpoint {
        // No provider of the configuration has a slash in its name.
        var endpoint = ModelEndpoint(
            name: "\(ModelTarget.localProvider)/\(name)", module: "openai",
            preset: "llama-server", base: base + "/v1")
        endpoint.keys = key.map { [$0] } ?? []
        // A long prompt takes a small machine a while.
        endpoint.limits.firstByteSeconds = Self.firstByteSeconds
        endpoint.limits.stallSeconds = Self.stallSeconds
        return endpoint
    }

    private static let firstByteSeconds = 900.0
    private static let stallSeconds = 120.0

    func progress(now: UInt64) -> LoadingProgress {
        switch life.state {
        case .starting, .loading:
            lastFraction = max(lastFraction, fraction(now: now) ?? 0)
            return LoadingProgress(
                fraction: lastFraction > 0 ? lastFraction : nil, note: Path.name(of: model.file))
        case .waitingForRoom:
            return LoadingProgress(fraction: nil, note: "making room")
        case .stopping:
            return LoadingProgress(fraction: nil, note: "its server is stopped first")
        case .pausing:
            return LoadingProgress(
                fraction: nil, note: "once more, since \(lastReason ?? "its server crashed")")
        case .idle, .looking, .lent, .ready, .failed:
            return LoadingProgress(fraction: nil, note: "")
        }
    }

    /// By how long it took last; else by how much of it is in memory.
    private func fraction(now: UInt64) -> Double? {
        let guess: Double
        if let expectedLoadSeconds, expectedLoadSeconds > 0 {
            // What was due may have started it anew since `now` was looked at.
            let waited = now > startedNanoseconds ? now - startedNanoseconds : 0
            guess = Double(waited) / 1e9 / expectedLoadSeconds
        } else if let memoryBytes, let resident = process?.residentBytes {
            guess = Double(resident) / Double(max(1, memoryBytes))
        } else {
            return nil
        }
        return min(guess, Self.fractionMax)
    }

    /// All of it only when it is ready.
    private static let fractionMax = 0.95

    var status: LocalModelStatus {
        var status = LocalModelStatus(name: name, file: model.file)
        status.users = waiting.count + holders.count
        status.memoryBytes = memoryBytes
        status.reason = lastReason
        switch life.state {
        case .idle: status.state = .idle
        case .looking, .waitingForRoom: status.state = .waiting
        case .starting, .loading:
            status.state = .loading
            status.fraction = lastFraction > 0 ? lastFraction : nil
        case .ready:
            status.state = .ready
            status.idleSinceNanoseconds = isWanted ? nil : life.idleSince
        case .lent: status.state = .lent
        case .stopping: status.state = .stopping
        case .pausing: status.state = .pausing
        case .failed(let reason):
            status.state = .failed
            status.reason = reason
        }
        if let process {
            status.process = process.number
            status.port = port
        }
        status.contextTokens =
            loaded?.info.windowTokens ?? contextTokens ?? model.contextTokens
        return status
    }
}
