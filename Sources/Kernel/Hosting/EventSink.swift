import CModuleABI
import KernelBase
import KernelSystem
import Synchronization

/// Takes the events of one exchange while its module reads.
final class EventSink: Sendable {
    private struct State {
        /// The thread that is in the module's function now.
        var thread: Int32?
        var budget = ExchangeBudget()
        var isOverrun = false
    }

    /// Those of hosts that watch: a module that keeps the table that it was lent is told of,
    /// instead of reading freed memory.
    private static let kept = Mutex<[EventSink]>([])

    private let state = Mutex(State())
    private let call: UInt64
    private let context: HostContext

    init(call: UInt64, context: HostContext) {
        self.call = call
        self.context = context
        if context.isWatching { Self.kept.withLock { $0.append(self) } }
    }

    /// More was told than an exchange may: nothing of it is heard any more.
    var isOverrun: Bool { state.withLock { $0.isOverrun } }

    @unsafe func withEvents(_ body: (UnsafePointer<mod_events>) -> Void) {
        let opaque = unsafe Unmanaged.passUnretained(self).toOpaque()
        var events = unsafe mod_events(
            size: UInt32(MemoryLayout<mod_events>.size), reserved: 0, context: opaque,
            take: { context, kind, index, value in
                guard let context = unsafe context else { return }
                let sink = unsafe Unmanaged<EventSink>.fromOpaque(context).takeUnretainedValue()
                unsafe sink.take(kind, index, value)
            })
        state.withLock { $0.thread = SystemThread.currentID }
        unsafe body(&events)
        state.withLock { $0.thread = nil }
    }

    @unsafe private func take(_ kind: UInt32, _ index: UInt32, _ value: mod_bytes) {
        let function = "mod_events take"
        let isTimely = state.withLock { state -> Bool? in
            guard state.thread == SystemThread.currentID else { return nil }
            guard !state.isOverrun else { return false }
            state.isOverrun = !state.budget.takes(unsafe Int(clamping: value.length))
            return !state.isOverrun
        }
        guard let isTimely else {
            return context.report(
                function, "called after read() or close() has returned, or on another thread", call)
        }
        guard isTimely else { return }
        if !Self.kinds.contains(kind) { context.report(function, "\(kind) is not a kind", call) }
        let borrowed = Borrowed(host: context, function: function, call: call)
        let event = unsafe ExchangeEvent(kind: kind, index: index, value: borrowed.bytes(value))
        context.ledger.listener(of: call)?.callTold(event)
    }

    private static let kinds = UInt32(MOD_EVENT_TEXT)...UInt32(MOD_EVENT_PROGRESS)
}
