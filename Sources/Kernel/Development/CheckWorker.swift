import KernelBase
import KernelHosting
import KernelSandbox
import KernelSystem
import KernelWorkers
import Synchronization

/// A process that holds the module under test, and may die of it.
final class CheckWorker: Sendable {
    let process: WorkerProcess
    private let violations: CheckViolations
    private let permissions: CheckPermissions
    private let seconds: Double

    init(_ tools: CheckTools) throws {
        permissions = tools.permissions
        violations = tools.violations
        seconds = tools.options.stepSeconds
        let violations = violations
        process = try WorkerProcess(
            zygote: tools.zygote, name: "kernel-check", output: tools.output,
            events: WorkerEvents(
                log: { _, _, _ in }, violation: { violations.add($0) }))
    }

    deinit {
        process.kill()
    }

    /// Maps the library and returns the manifest.
    func open(_ path: String) throws -> [UInt8] {
        let walls = try permissions.walls(library: path)
        let request = OpenRequest(path: path, watchesContract: true, walls: walls)
        return try process.open(request, seconds: seconds).manifest
    }

    func setUp(_ request: SetUpRequest) throws -> ModuleInstance.Abilities {
        let answer = try process.request(.setUp, body: request.bytes, seconds: seconds)
        return try ModuleInstance.Abilities(answer.body)
    }

    func step(_ kind: FrameKind) throws(WorkerFailure) {
        _ = try process.request(kind, seconds: seconds)
    }

    func describe() throws(WorkerFailure) -> [UInt8] {
        try process.request(.describe, seconds: seconds).body
    }

    func save(bytesMax: Int) throws(WorkerFailure) -> [UInt8] {
        try process.request(.save, second: UInt64(bytesMax), seconds: seconds).body
    }

    /// Ends within the time of one step, or costs the process its life. With `cancelling` the
    /// module is asked to stop soon after the call has begun.
    func call(
        task: Int, _ kind: PayloadKind, _ arguments: [UInt8], mode: RunMode,
        cancelling: Bool = false
    ) throws(WorkerFailure) -> CallOutcome {
        let patience = cancelling ? Self.cancelSeconds : seconds
        let request = CallRequest(
            id: CheckCalls.next(), task: UInt32(task), mode: mode, kind: kind,
            arguments: arguments,
            deadlineNanoseconds: SystemClock.monotonicNanoseconds + UInt64(patience * 1e9))
        return try process.call(request, SilentListener(), graceSeconds: Self.graceSeconds)
    }

    /// A call that was asked to stop before it arrived would never be seen by the module.
    private static let cancelSeconds = 0.05
    private static let graceSeconds = 1.0

    /// What the process keeps for itself, in bytes. Not `Private_Dirty`: that counts the pages of a
    /// file which was copied a moment ago too, until they are on the disk.
    var privateBytes: Int? {
        let path = "/proc/\(process.process)/smaps_rollup"
        guard let bytes = try? Files.read(path, bytesMax: 1 << 16) else { return nil }
        for line in String(decoding: bytes, as: UTF8.self).split(separator: "\n")
        where line.hasPrefix("Anonymous:") {
            return Int(line.filter(\.isNumber)).map { $0 * 1_024 }
        }
        return nil
    }
}

/// Numbers for the calls of checks, never used twice.
private enum CheckCalls {
    private static let last = Atomic<UInt64>(0)

    static func next() -> UInt64 { last.add(1, ordering: .relaxed).newValue }
}

/// Nobody reads progress and partial output here.
private final class SilentListener: CallListener {
    func callFinished(_ outcome: CallOutcome) {}
    func callProgressed(fraction: Double?, note: String) {}
    func callPrinted(_ kind: PayloadKind, _ piece: [UInt8]) {}
}

/// What the module under test may reach: what its manifest asks for, once that is known.
final class CheckPermissions: Sendable {
    private let asked = Mutex(Permissions())

    func set(_ permissions: Permissions) {
        asked.withLock { $0 = permissions }
    }

    /// One process opens several copies out of one folder.
    func walls(library: String) throws -> Walls {
        let plan = WallPlan(strength: .preferred, permissions: asked.withLock { $0 })
        var places = PathPlaces.ofThisProcess
        places.roots = [Files.currentDirectory]
        return try plan.walls(library: Path.directory(of: library), in: places)
    }
}

/// The breaches of the contract that were seen in any of the processes.
final class CheckViolations: Sendable {
    private let list = Mutex<[ContractViolation]>([])
    private static let countMax = 64

    func add(_ violation: ContractViolation) {
        list.withLock { if $0.count < Self.countMax { $0.append(violation) } }
    }

    /// Each once, without the number of the call.
    var sentences: [String] {
        var seen: Set<String> = []
        return list.withLock { $0 }.map { "\($0.function): \($0.sentence)" }
            .filter { seen.insert($0).inserted }
    }
}
