import CCrash
package import KernelBase
package import KernelSystem

/// Where a thread is in module code.
package enum FlightPlace: Sendable, Hashable {
    case lifecycle(LifecycleStep)
    case call
    case cancel
    case destroy
    /// What a module had queued with `run_on_main` or `run_on_pool`.
    case job
    /// A part of an exchange with a provider of models.
    case exchange

    /// 0 is left for "nowhere".
    var kind: UInt32 {
        switch self {
        case .lifecycle(let step): UInt32(step.rawValue) + 1
        case .call: 101
        case .cancel: 102
        case .destroy: 103
        case .job: 104
        case .exchange: 105
        }
    }

    init?(kind: UInt32) {
        switch kind {
        case 0: return nil
        case 101: self = .call
        case 102: self = .cancel
        case 103: self = .destroy
        case 104: self = .job
        case 105: self = .exchange
        default:
            guard let step = LifecycleStep(rawValue: UInt8(clamping: kind - 1)) else { return nil }
            self = .lifecycle(step)
        }
    }
}

/// A build that the recorder knows by name. The default is one that it does not know.
package struct FlightBuild: Sendable, Hashable {
    package let serial: UInt32

    package init() { serial = 0 }

    fileprivate init(serial: UInt32) { self.serial = serial }
}

/// Notes what this process is doing in module code, in memory that outlives it.
///
/// A process that does not record, such as a worker, may note all the same: it costs little and
/// goes nowhere.
package enum FlightRecorder {
    /// From now on this process records in `region`. Call it before threads enter modules.
    package static func begin(in region: FlightRegion) {
        unsafe flight_begin(region.memory)
        // Given away: threads may write to it until the process ends.
        _ = unsafe Unmanaged.passRetained(region)
    }

    package static func set(_ phase: FlightPhase) {
        flight_set_phase(phase.rawValue)
    }

    /// Gives a build a number by which crumbs name it. `tasks` are in the manifest's order.
    package static func register(
        module: String, version: String, hash: String, generation: UInt64, tasks: [String]
    ) -> FlightBuild {
        unsafe FlightBuild(
            serial: flight_register(
                module, version, hash, generation, tasks.joined(separator: "\n")))
    }

    /// Runs `body`, which enters module code, with a crumb that says so.
    @inline(__always)
    package static func note<Result>(
        _ place: FlightPlace, of build: FlightBuild, task: UInt32 = 0, call: UInt64 = 0,
        _ body: () -> Result
    ) -> Result {
        var before = flight_enter(place.kind, build.serial, task, call)
        defer { unsafe flight_leave(&before) }
        return body()
    }

    /// As above, for what may throw.
    @inline(__always)
    package static func note<Result, Failure: Error>(
        _ place: FlightPlace, of build: FlightBuild, _ body: () throws(Failure) -> Result
    ) throws(Failure) -> Result {
        var before = flight_enter(place.kind, build.serial, 0, 0)
        defer { unsafe flight_leave(&before) }
        return try body()
    }

    /// A call of any mode has begun: it is listed as interrupted if the process ends before it.
    package static func callBegan(
        _ call: UInt64, of build: FlightBuild, task: UInt32, mode: UInt32
    ) {
        flight_call_began(call, build.serial, task, mode)
    }

    package static func callEnded(_ call: UInt64) {
        flight_call_ended(call)
    }
}

/// How far a kernel has come.
package enum FlightPhase: UInt32, Sendable, Hashable {
    case starting = 0
    case serving = 1
    /// It was asked to end: should it crash now, no other is wanted.
    case stopping = 2
    /// Its exit status is its own.
    case leaving = 3
}

/// What is said and noted when this process crashes.
package enum CrashGuard {
    /// Call it once, on the main thread, before the terminal is changed. `output` and `errors` are
    /// what others draw on; `printed` has what the process printed and nobody has read.
    package static func install(output: Int32, errors: Int32, printed: Int32) {
        crash_guard_install(output, errors, printed)
    }

    /// Ends this process because its main thread does not come back.
    package static func endHanging() -> Never {
        crash_guard_end_hanging()
    }
}

extension ProcessExit {
    /// As `immediately`, and no sign of anything gone wrong: whoever looks after this process takes
    /// an end by `immediately` alone for one that module code has brought about.
    package static func deliberately(_ status: Int32) -> Never {
        FlightRecorder.set(.leaving)
        immediately(status)
    }
}
