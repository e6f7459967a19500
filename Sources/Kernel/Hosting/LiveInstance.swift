package import KernelBase

/// One instance of a module, wherever it lives: in this process (`ModuleInstance`), or in a worker
/// of its own. Who brings builds into service and who runs calls need not know which.
///
/// The owner calls at most one lifecycle function at a time, never on the main thread; each may
/// take as long as the module takes.
package protocol LiveInstance: AnyObject, Sendable {
    var canDo: ModuleInstance.Abilities { get }

    /// It lives in another process: beginning a call there takes no thread of this one, and its
    /// lifecycle functions end within their time.
    var isElsewhere: Bool { get }

    // MARK: Lifecycle

    func configure(own: [UInt8], user: [UInt8]) throws(ModuleFailure)
    /// Writes the state; nil if the module keeps none.
    func saveState(bytesMax: Int) throws(ModuleFailure) -> [UInt8]?
    func loadState(_ state: [UInt8], version: UInt32) throws(ModuleFailure)
    func checkHealth() throws(ModuleFailure)
    func start() throws(ModuleFailure)
    /// Ends the module's work, if it is active.
    func stop()
    /// Starts again after a stop; nothing happens if it is active.
    func restart() throws(ModuleFailure)
    /// Stops the instance if it is active, and frees it.
    func stopAndDestroy()

    /// It exists and does not work: a state may be loaded, and it may start.
    var isStopped: Bool { get }
    /// It works: it may be called, and asked for its health.
    var isActive: Bool { get }
    /// The lifecycle function that has not returned, at a time when none is being run.
    var hangingStep: LifecycleStep? { get }

    // MARK: Calls

    /// Takes a call in: from now on it can be cancelled and released, and the listener hears of
    /// its end exactly once. False while calls are kept out: then the listener hears nothing.
    func admit(_ call: UInt64, _ listener: any CallListener) -> Bool
    /// Begins an admitted call; here on the thread that its mode asks for.
    func begin(_ request: CallRequest)
    /// As `begin`, of a call that is an exchange: the listener is told of the request that the
    /// provider makes of the order.
    func beginExchange(_ call: UInt64, order: [UInt8])
    /// Gives an exchange more, in order and on one thread at a time; here for as long as the module
    /// takes. Nothing happens if it has ended. One that was begun gets an end in any case.
    func feed(_ call: UInt64, _ feed: ExchangeFeed)
    /// Since when the module has not returned from what it was given of an exchange; nil if it has.
    func stalledSince(_ call: UInt64) -> UInt64?
    /// Asks the module to end a call soon; nothing happens if it has ended.
    func cancel(_ call: UInt64, _ reason: CancelReason)
    /// Ends a call for its caller although the module has not. False if it has ended meanwhile.
    @discardableResult
    func release(_ call: UInt64, _ outcome: CallOutcome) -> Bool
    /// Keeps calls out that have not been admitted yet, until `openForCalls`.
    func closeForCalls()
    func openForCalls()
    var callsInFlight: [UInt64] { get }
    /// Does the module work on no call any more, not even on one whose caller was released?
    var isIdle: Bool { get }
    /// Calls `waiter` once that is so: now, or on the thread of the last.
    func whenIdle(_ waiter: @escaping @Sendable () -> Void)
}

extension ModuleInstance: LiveInstance {
    package var isElsewhere: Bool { false }
}
