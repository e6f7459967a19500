import CModuleABI
package import KernelBase
import KernelFlight
import KernelSystem
import Synchronization

/// The host's side of one instance: what the `context` pointer of its tables stands for.
///
/// It is kept for ever once a module has seen it: a thread that a module forgot may still call,
/// and then hears MOD_MISUSE instead of reading freed memory.
@safe final class HostContext: Sendable {
    let services: HostServices
    /// How the flight recorder names this build.
    let recorded: FlightBuild
    let ledger = CallLedger()
    let asks: AskLedger
    let folder: PermanentText
    private let lifecycle = Mutex(Lifecycle())

    private struct Lifecycle {
        /// The lifecycle function that runs now, and on which thread.
        var running: (step: LifecycleStep, thread: Int32)?
        var failure: String?
        var isDestroyed = false
    }

    init(services: HostServices, recorded: FlightBuild) {
        self.services = services
        asks = AskLedger(services)
        folder = PermanentText(services.stateFolder ?? "")
        self.recorded = recorded
    }

    /// The lifecycle function that runs now. Its owner calls one at a time, so that at a time when
    /// none should run this is one that hangs.
    var runningStep: LifecycleStep? { lifecycle.withLock { $0.running?.step } }

    /// Runs one lifecycle function of the module and returns what it said with `fail`. Nothing is
    /// run while another hangs: a module need not expect two at once.
    func run<Result>(
        _ step: LifecycleStep, _ body: () -> Result
    ) throws(ModuleFailure) -> (result: Result, message: String?) {
        let hanging = lifecycle.withLock { state -> LifecycleStep? in
            if let running = state.running { return running.step }
            state.running = (step, SystemThread.currentID)
            state.failure = nil
            return nil
        }
        if let hanging {
            throw ModuleFailure(step, .busy, "\(hanging.name) has not returned")
        }
        let result = FlightRecorder.note(.lifecycle(step), of: recorded, body)
        let message = lifecycle.withLock { state in
            state.running = nil
            return state.failure
        }
        return (result, message)
    }

    func markDestroyed() {
        lifecycle.withLock { $0.isDestroyed = true }
    }

    // MARK: What the module calls

    func fail(_ status: Int32, _ message: String) -> Int32 {
        let problem = lifecycle.withLock { state -> String? in
            guard let running = state.running else {
                return "called while no lifecycle function of this instance runs"
            }
            guard running.thread == SystemThread.currentID else {
                return "called on another thread than the \(running.step.name) that runs"
            }
            state.failure = message
            return nil
        }
        if let problem { report("mod.host fail", problem) }
        if status >= 0 { report("mod.host fail", "\(status) is not a failure") }
        return status
    }

    func log(_ level: UInt32, _ call: UInt64, _ message: String) {
        if lifecycle.withLock({ $0.isDestroyed }) {
            return report("mod.host log", "called after destroy() has returned", call)
        }
        // A module may name any number: what is not one of its calls is none.
        let call = ledger.listener(of: call) == nil ? 0 : call
        guard let known = LogLevel(rawValue: level) else {
            report("mod.host log", "\(level) is not a level", call)
            return services.log(.info, call, message)
        }
        services.log(known, call, message)
    }

    func finish(_ call: UInt64, _ outcome: CallOutcome) -> Int32 {
        switch ledger.finish(call) {
        case .ended(let listener, let reason):
            listener.callFinished(outcome.explained(by: reason))
            asks.cancel(of: call)
            return CallStatus.ok.rawValue
        case .abandoned:
            return CallStatus.misuse.rawValue
        case .unknown:
            report(
                "mod.host.calls finish",
                "the call is not in flight: it was finished before, or never begun", call)
            return CallStatus.misuse.rawValue
        }
    }

    func progress(_ call: UInt64, _ fraction: Double, _ note: String) {
        guard let listener = ledger.listener(of: call) else {
            return reportUnknown("mod.host.calls progress", call)
        }
        listener.callProgressed(fraction: CallNews.fraction(fraction), note: note)
    }

    func output(_ call: UInt64, _ kind: PayloadKind, _ piece: [UInt8]) -> Int32 {
        switch ledger.listener(of: call, printing: piece.count) {
        case .allowed(let listener):
            listener.callPrinted(kind, piece)
            return CallStatus.ok.rawValue
        case .overLimit:
            return CallStatus.limit.rawValue
        case .unknownCall:
            reportUnknown("mod.host.calls output", call)
            return CallStatus.misuse.rawValue
        }
    }

    /// A module cannot know that the caller of a call has been released.
    private func reportUnknown(_ function: String, _ call: UInt64) {
        if !ledger.isAbandoned(call) { report(function, "the call is not in flight", call) }
    }

    func isCancelled(_ call: UInt64) -> Bool {
        ledger.isCancelledOrEnded(call)
    }

    var isWatching: Bool { services.violation != nil }

    /// A function that the module may call only while its instance exists.
    func requireLife(_ function: String) {
        guard isWatching, lifecycle.withLock({ $0.isDestroyed }) else { return }
        report(function, "called after destroy() has returned")
    }

    /// Tells of a breach, if anybody watches.
    func report(_ function: String, _ sentence: String, _ call: UInt64 = 0) {
        services.violation?(
            ContractViolation(function: function, call: call, sentence: sentence))
    }
}

extension CallOutcome {
    /// A module that stopped because it was asked to says only that it did; the caller is told
    /// who asked.
    package func explained(by reason: CancelReason?) -> CallOutcome {
        guard status == .cancelled, let reason else { return self }
        let own = message.isEmpty ? "" : ": \(message)"
        switch reason {
        case .requested: return self
        case .deadline: return .failure(.deadline, "it stopped at its deadline\(own)")
        case .drain: return .failure(.cancelled, "it stopped because of a reload\(own)")
        }
    }
}
