import CModuleABI
package import KernelBase
package import KernelFlight
import KernelSystem
import Synchronization

/// One instance of a module in this process: its lifecycle functions and its calls, in Swift.
///
/// The owner calls at most one lifecycle function at a time, never on the main thread.
@safe package final class ModuleInstance: Sendable {
    package let image: ModuleImage
    let context: HostContext
    private let life = Mutex(InstanceLife())
    private let abilities: Abilities

    // nonisolated(unsafe): owned by the module, constant until destroy().
    nonisolated(unsafe) let table: mod_module
    private let tasks: mod_tasks
    let provider: mod_provider?
    /// Those that have begun and not ended, also if nobody waits for their end any more.
    let exchanges = Mutex<[UInt64: ExchangeRun]>([:])

    /// What the module said it can do, beyond tasks.
    package struct Abilities: Sendable, Hashable {
        package var configures: Bool
        package var keepsState: Bool
        package var startsOrStops: Bool
        package var checksHealth: Bool
        package var testsItself: Bool
        /// It provides models.
        package var provides: Bool

        package init(
            configures: Bool, keepsState: Bool, startsOrStops: Bool, checksHealth: Bool,
            testsItself: Bool, provides: Bool = false
        ) {
            self.configures = configures
            self.keepsState = keepsState
            self.startsOrStops = startsOrStops
            self.checksHealth = checksHealth
            self.testsItself = testsItself
            self.provides = provides
        }
    }

    /// Asks the module for an instance.
    package init(
        of image: ModuleImage, services: HostServices, recorded: FlightBuild = FlightBuild()
    ) throws(ModuleFailure) {
        self.image = image
        context = HostContext(services: services, recorded: recorded)
        let host = HostTables(context)
        let created = unsafe try context.run(.create) { unsafe image.create(host.host) }
        guard let pointer = unsafe created.result else {
            throw unsafe ModuleFailure(
                .create, .failed, created.message ?? "create() returned null")
        }
        unsafe table = unsafe SizedTable.copy(UnsafeRawPointer(pointer))
        guard unsafe table.capability != nil, unsafe table.destroy != nil else {
            throw ModuleFailure(
                .create, .invalid, "the module's capability or destroy function is null")
        }
        guard let found: mod_tasks = unsafe Self.capability(table, MOD_TASKS, 1) else {
            throw ModuleFailure(
                .create, .unsupported, "the module has no capability \(MOD_TASKS) of revision 1")
        }
        guard unsafe found.call != nil else {
            throw ModuleFailure(.create, .invalid, "the call function of \(MOD_TASKS) is null")
        }
        tasks = found
        provider = unsafe try Self.provider(table)
        abilities = unsafe Self.abilities(of: table)
    }

    package var canDo: Abilities { abilities }

    @unsafe private static func abilities(of table: mod_module) -> Abilities {
        let health: mod_health? = unsafe capability(table, MOD_HEALTH, 1)
        let configuration: mod_configuration? = unsafe capability(table, MOD_CONFIGURATION, 1)
        let state: mod_state? = unsafe capability(table, MOD_STATE, 1)
        return unsafe Abilities(
            configures: configuration?.configure != nil,
            keepsState: state?.save != nil && state?.load != nil,
            startsOrStops: table.start != nil || table.stop != nil,
            checksHealth: health?.check != nil,
            testsItself: health?.self_test != nil,
            provides: capability(table, MOD_PROVIDER, MOD_PROVIDER_REVISION) as mod_provider? != nil
        )
    }

    @unsafe private static func provider(
        _ table: mod_module
    ) throws(ModuleFailure) -> mod_provider? {
        guard
            let found: mod_provider = unsafe capability(table, MOD_PROVIDER, MOD_PROVIDER_REVISION)
        else {
            return nil
        }
        guard unsafe found.describe != nil, unsafe found.encode != nil, unsafe found.open != nil,
            unsafe found.read != nil, unsafe found.close != nil
        else {
            throw ModuleFailure(
                .create, .invalid, "a function of \(MOD_PROVIDER) is null")
        }
        return found
    }

    @unsafe private static func capability<Table: BitwiseCopyable>(
        _ table: mod_module, _ id: String, _ revision: Int32
    ) -> Table? {
        guard let found = unsafe table.capability?(table.instance, id, UInt32(revision)) else {
            return nil
        }
        return unsafe SizedTable.copy(found)
    }
}

// MARK: Lifecycle

extension ModuleInstance {
    package func configure(own: [UInt8], user: [UInt8]) throws(ModuleFailure) {
        try require(.configure) { $0.mayConfigureAndSave }
        guard let found: mod_configuration = unsafe Self.capability(table, MOD_CONFIGURATION, 1),
            let function = unsafe found.configure
        else { return }
        try step(.configure) {
            unsafe own.withUnsafeBytes { own in
                unsafe user.withUnsafeBytes { user in
                    unsafe function(table.instance, mod_text(own), mod_text(user))
                }
            }
        }
    }

    /// Writes the state; nil if the module keeps none.
    package func saveState(bytesMax: Int) throws(ModuleFailure) -> [UInt8]? {
        try require(.save) { $0.mayConfigureAndSave }
        guard let found: mod_state = unsafe Self.capability(table, MOD_STATE, 1),
            let function = unsafe found.save
        else { return nil }
        let sink = StateSink(bytesMax: bytesMax, context: context)
        try step(.save) { unsafe sink.withWriter { unsafe function(table.instance, $0) } }
        return sink.close()
    }

    package func loadState(_ state: [UInt8], version: UInt32) throws(ModuleFailure) {
        try require(.restore) { $0.mayLoad }
        guard let found: mod_state = unsafe Self.capability(table, MOD_STATE, 1),
            let function = unsafe found.load
        else { return }
        try step(.restore) {
            unsafe state.withUnsafeBytes {
                unsafe function(
                    table.instance, version,
                    mod_bytes(bytes: $0.baseAddress, length: UInt64($0.count)))
            }
        }
    }

    package func selfTest() throws(ModuleFailure) {
        try require(.selfTest) { $0.mayLoad }
        guard let found: mod_health = unsafe Self.capability(table, MOD_HEALTH, 1),
            let function = unsafe found.self_test
        else { return }
        try step(.selfTest) { unsafe function(table.instance) }
    }

    package func checkHealth() throws(ModuleFailure) {
        try require(.health) { $0.mayCall }
        guard let found: mod_health = unsafe Self.capability(table, MOD_HEALTH, 1),
            let function = unsafe found.check
        else { return }
        try step(.health) { unsafe function(table.instance) }
    }

    package func start() throws(ModuleFailure) {
        try require(.start) { $0.mayLoad }
        context.asks.open()
        do throws(ModuleFailure) {
            if let function = unsafe table.start {
                try step(.start) { unsafe function(table.instance) }
            }
            try require(.start) { $0.start() }
        } catch {
            context.asks.close()
            throw error
        }
    }

    /// Ends the module's work, if it is active: from then on calls are kept out. If its function
    /// hangs the instance stays active. Nothing is done while another function hangs.
    package func stop() {
        guard isActive else { return }
        if let function = unsafe table.stop {
            let run = try? context.run(.stop) { unsafe function(table.instance) }
            guard run != nil else { return }
        }
        if life.withLock({ $0.stop() }) { context.ledger.close() }
        context.asks.close()
    }

    /// Frees the module's instance; this object stays, and answers nothing any more.
    private func destroy() {
        guard life.withLock({ $0.destroy() }) else { return }
        _ = try? context.run(.stop) { unsafe table.destroy?(table.instance) }
        context.markDestroyed()
    }

    /// Starts again after a stop; nothing happens if it is active.
    package func restart() throws(ModuleFailure) {
        if life.withLock({ $0.mayLoad }) { try start() }
    }

    /// It exists and does not work: a state may be loaded, and it may start.
    package var isStopped: Bool { life.withLock { $0.mayLoad } }

    /// It works: it may be called, and asked for its health.
    package var isActive: Bool { life.withLock { $0.mayCall } }

    /// Stops the instance if it is active, and frees it. One of which a function hangs is left
    /// as it is: freeing it would pull the ground from under that function.
    package func stopAndDestroy() {
        guard hangingStep == nil else { return }
        stop()
        destroy()
    }

    /// The lifecycle function that has not returned, at a time when none is being run.
    package var hangingStep: LifecycleStep? { context.runningStep }

    func step(
        _ step: LifecycleStep, _ body: () -> Int32
    ) throws(ModuleFailure) {
        let (code, message) = try context.run(step, body)
        guard code < 0 else { return }
        throw ModuleFailure(
            step, CallStatus(code: code),
            message ?? "the module gave the status \(CallStatus(code: code).name) without a reason")
    }

    /// How long a module's functions take is not in our hands: one that returns late may have
    /// changed the state under the step that comes next.
    func require(
        _ step: LifecycleStep, _ isAllowed: (inout InstanceLife) -> Bool
    ) throws(ModuleFailure) {
        let state = life.withLock { isAllowed(&$0) ? nil : $0.state }
        if let state { throw ModuleFailure(step, .misuse, "the instance is \(state)") }
    }
}

// MARK: Calls

extension ModuleInstance {
    /// Takes a call in: from now on it can be cancelled and released, and the listener hears of
    /// its end exactly once. False while calls are kept out: then the listener hears nothing.
    package func admit(_ call: UInt64, _ listener: any CallListener) -> Bool {
        context.ledger.add(call, listener)
    }

    /// Keeps calls out that have not been admitted yet, until `openForCalls`.
    package func closeForCalls() {
        context.ledger.close()
    }

    package func openForCalls() {
        context.ledger.open()
    }

    /// Begins an admitted call, on the thread that its mode asks for. It may end before this
    /// returns. Nothing happens if the call was released meanwhile.
    package func begin(_ request: CallRequest) {
        guard context.ledger.begin(request.id) else { return }
        defer { context.ledger.leave() }
        unsafe lend(request.arguments, to: "mod.tasks call", request.id) {
            unsafe begin(request, arguments: $0)
        }
        // A cancellation that came before the module knew of the call would else be lost.
        if let reason = context.ledger.cancellation(of: request.id) {
            tellCancelled(request.id, reason)
        }
    }

    @unsafe private func begin(_ request: CallRequest, arguments: UnsafeRawBufferPointer) {
        var call = unsafe mod_call(
            size: UInt32(MemoryLayout<mod_call>.size), task: request.task, id: request.id,
            mode: request.mode.rawValue, argument_kind: request.kind.rawValue,
            arguments: mod_bytes(bytes: arguments.baseAddress, length: UInt64(arguments.count)),
            deadline_nanoseconds: request.deadlineNanoseconds)
        FlightRecorder.note(
            .call, of: context.recorded, task: request.task, call: request.id
        ) {
            unsafe tasks.call?(table.instance, &call)
        }
    }

    /// Lends bytes to the module. Where it is watched they are overwritten as soon as its function
    /// has returned, so that a module that kept the borrowed pointer finds nonsense at once and not
    /// a year later.
    @unsafe func lend<Result>(
        _ bytes: [UInt8], to function: String, _ call: UInt64,
        _ body: (UnsafeRawBufferPointer) -> Result
    ) -> Result {
        guard context.isWatching else { return unsafe bytes.withUnsafeBytes { unsafe body($0) } }
        let copy = UnsafeMutableRawBufferPointer.allocate(
            byteCount: max(bytes.count, 1), alignment: 16)
        unsafe copy.copyBytes(from: bytes)
        let borrowed = unsafe UnsafeRawBufferPointer(start: copy.baseAddress, count: bytes.count)
        let result = unsafe body(borrowed)
        let wasChanged = unsafe !borrowed.elementsEqual(bytes)
        if wasChanged { context.report(function, "changed the borrowed arguments", call) }
        unsafe copy.initializeMemory(as: UInt8.self, repeating: 0xDB)
        unsafe copy.deallocate()
        return result
    }

    /// Asks the module to end a call soon; nothing happens if it has ended.
    package func cancel(_ call: UInt64, _ reason: CancelReason) {
        guard context.ledger.cancel(call, reason) else { return }
        defer { context.ledger.leave() }
        guard isActive, !endExchange(call, reason) else { return }
        context.asks.cancel(of: call)
        tellCancelled(call, reason)
    }

    private func tellCancelled(_ call: UInt64, _ reason: CancelReason) {
        FlightRecorder.note(.cancel, of: context.recorded, call: call) {
            unsafe tasks.cancel?(table.instance, call, reason.rawValue)
        }
    }

    /// Ends a call for its caller although the module has not: the module's own finish() will
    /// hear that the call is not in flight. False if it has ended meanwhile.
    @discardableResult
    package func release(_ call: UInt64, _ outcome: CallOutcome) -> Bool {
        guard let listener = context.ledger.release(call) else { return false }
        listener.callFinished(outcome)
        context.asks.cancel(of: call)
        return true
    }

    package func hasCall(_ call: UInt64) -> Bool { context.ledger.listener(of: call) != nil }

    package var callsInFlight: [UInt64] { context.ledger.ids }

    /// Does the module work on no call any more, not even on one whose caller was released, and
    /// is no thread inside its functions?
    package var isIdle: Bool { context.ledger.isIdle }

    /// Calls `waiter` once the module works on no call any more, not even on one whose caller was
    /// released, and no thread is inside its functions: now, or on the thread of the last.
    package func whenIdle(_ waiter: @escaping @Sendable () -> Void) {
        context.ledger.whenIdle(waiter)
    }
}

extension mod_text {
    /// Borrows a buffer as text.
    @unsafe fileprivate init(_ buffer: UnsafeRawBufferPointer) {
        unsafe self.init(
            bytes: buffer.baseAddress?.assumingMemoryBound(to: CChar.self),
            length: UInt64(buffer.count))
    }
}
