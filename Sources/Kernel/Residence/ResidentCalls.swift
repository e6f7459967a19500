import KernelBase
import KernelHosting

/// The calls of one resident that are in flight: a value without I/O. A call leaves it once, which
/// makes its end unique.
struct ResidentCalls {
    struct Entry {
        let listener: any CallListener
        /// Index of the task in the manifest; nil until the worker was told of the call.
        var task: UInt32?
        var cancellation: CancelReason?
        var output = OutputBudget()
        var exchange: ExchangeProgress?
    }

    private var entries: [UInt64: Entry] = [:]
    /// Calls whose callers were released although the module still works on them, with the task.
    private var abandoned: [UInt64: UInt32] = [:]
    private var idleWaiters = IdleWaiters()
    /// Where the next feed of each exchange stands, until its end was fed.
    private var places: [UInt64: UInt64] = [:]
    var isClosed = false

    /// More calls than these are refused.
    static let callsMax = 10_000

    var isFull: Bool { entries.count >= Self.callsMax }
    var isIdle: Bool { entries.isEmpty && abandoned.isEmpty }

    /// Told, by who takes it from `takeIdleWaiters`, once the module works on no call any more.
    mutating func addIdleWaiter(_ waiter: @escaping @Sendable () -> Void) {
        idleWaiters.add(waiter)
    }

    mutating func takeIdleWaiters() -> [IdleWaiters.Waiter] {
        let isIdle = isIdle
        return idleWaiters.take(ifIdle: isIdle)
    }

    var ids: [UInt64] { entries.keys.sorted() }

    /// False while calls are kept out.
    mutating func add(_ id: UInt64, _ listener: any CallListener) -> Bool {
        guard !isClosed else { return false }
        entries[id] = Entry(listener: listener)
        return true
    }

    /// The worker is told of the call now. Returns whether it was to be cancelled before; nil if
    /// it has ended meanwhile.
    mutating func begin(_ id: UInt64, task: UInt32) -> CancelReason?? {
        guard entries[id] != nil else { return nil }
        entries[id]?.task = task
        return .some(entries[id]?.cancellation)
    }

    /// The worker could not be told.
    mutating func withdraw(_ id: UInt64) {
        entries[id]?.task = nil
    }

    /// Takes the call out, since the module has ended it.
    mutating func finish(_ id: UInt64) -> (any CallListener)? {
        if let entry = entries.removeValue(forKey: id) { return entry.listener }
        abandoned[id] = nil
        return nil
    }

    /// Takes the call out although the module has not ended it. `isAbandoned`: it works on it.
    mutating func release(_ id: UInt64) -> (listener: any CallListener, isAbandoned: Bool)? {
        guard let entry = entries.removeValue(forKey: id) else { return nil }
        if let task = entry.task { abandoned[id] = task }
        return (entry.listener, entry.task != nil)
    }

    /// The task of a call that nobody waits for any more; nil if it has ended.
    func abandonedTask(_ id: UInt64) -> UInt32? { abandoned[id] }

    /// False if the worker need not be told: it does not know of the call.
    mutating func cancel(_ id: UInt64, _ reason: CancelReason) -> Bool {
        guard entries[id] != nil else { return false }
        entries[id]?.cancellation = reason
        return entries[id]?.task != nil
    }

    func listener(of id: UInt64) -> (any CallListener)? { entries[id]?.listener }

    /// The listener, if `count` more bytes of output are within the bound.
    mutating func listener(of id: UInt64, printing count: Int) -> (any CallListener)? {
        guard var entry = entries[id], entry.output.takes(count) else { return nil }
        entries[id] = entry
        return entry.listener
    }

    // MARK: Exchanges

    /// After `begin`: the worker is given more of it from now on.
    mutating func beginExchange(_ id: UInt64, now: UInt64) {
        entries[id]?.exchange = ExchangeProgress(now: now)
        places[id] = 1
    }

    /// The worker has not heard of it.
    mutating func withdrawExchange(_ id: UInt64) {
        places[id] = nil
    }

    /// The place of what the worker is given next; nil if nothing belongs there any more.
    mutating func feed(_ id: UInt64, isEnd: Bool, now: UInt64) -> UInt64? {
        guard let place = places[id] else { return nil }
        places[id] = isEnd ? nil : place + 1
        entries[id]?.exchange?.feed(place, now: now)
        return place
    }

    func isExchange(_ id: UInt64) -> Bool { entries[id]?.exchange != nil }

    /// Since when the module has not returned from what it was given; nil if it has.
    func stalledSince(_ id: UInt64) -> UInt64? { entries[id]?.exchange?.stalledSince }

    /// The listener of an exchange that tells so much more; nil if that is too much.
    mutating func listener(
        ofExchange id: UInt64, telling bytes: Int, returnedFrom place: UInt64?, now: UInt64
    ) -> (any CallListener)? {
        guard let told = entries[id]?.exchange?.tell(bytes, returnedFrom: place, now: now), told
        else { return nil }
        return entries[id]?.listener
    }

    /// Does the module owe the end of this call, even if nobody waits for it any more?
    func isAtWork(on id: UInt64) -> Bool { entries[id] != nil || abandoned[id] != nil }

    /// Everything that is lost with the worker.
    mutating func takeAll() -> [(id: UInt64, entry: Entry)] {
        isClosed = true
        abandoned = [:]
        places = [:]
        defer { entries = [:] }
        return entries.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    }
}
