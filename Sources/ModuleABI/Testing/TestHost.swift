internal import CModuleABI
public import ModuleJSON
public import ModuleKit

/// A host for tests: it makes an instance through the tables of the contract, as the kernel does,
/// and calls it. It also watches the contract: what a module must not do becomes a
/// `ContractViolation` that names the function and the call.
///
///     let host = try TestHost(Greeter.self)
///     let outcome = try await host.call("hello", ["name": "Ann"])
///     #expect(outcome.text == "Hello, Ann!")
///     try host.close()
@safe
public final class TestHost: Sendable {
    /// The manifest, as the kernel reads it.
    public let manifest: JSON
    private let tasks: [TestTask]
    let core: TestHostCore
    // Valid until destroy() is called, which close() does once.
    nonisolated(unsafe) let module: UnsafePointer<mod_module>

    /// The module's own folder, which `close` removes.
    public var folder: String { core.folder.path }

    /// Makes an instance, configures it, loads a state if there is one, lets it test itself, and
    /// starts it. A step that fails throws what the module said, as a `Failure`. `modules` answer
    /// what it asks of others, by interface and task: `storage.put`; `outside` what it asks of the
    /// world.
    public convenience init<M: Module>(
        _ type: M.Type, configuration: JSON = [:], user: JSON = [:], state: SavedState? = nil,
        modules: [String: StandIn] = [:], outside: Outside = Outside()
    ) throws {
        let subject = try TestSubject(type)
        try self.init(
            subject,
            TestHostCore(
                asks: TestAsks(modules, manifest: subject.manifest),
                errands: TestErrands(outside, manifest: subject.manifest)))
        try begin(configuration, user, state)
    }

    /// The same for a module in any language: `TestHost(entry: module_entry())`.
    public convenience init(
        entry: UnsafeRawPointer, configuration: JSON = [:], user: JSON = [:],
        state: SavedState? = nil, modules: [String: StandIn] = [:],
        outside: Outside = Outside()
    ) throws {
        let subject = try unsafe TestSubject(entry: entry)
        try self.init(
            subject,
            TestHostCore(
                asks: TestAsks(modules, manifest: subject.manifest),
                errands: TestErrands(outside, manifest: subject.manifest)))
        try begin(configuration, user, state)
    }

    init(_ subject: TestSubject, _ core: TestHostCore) throws {
        manifest = subject.manifest
        tasks = try TestTask.all(in: subject.manifest)
        self.core = core
        let created = unsafe core.step("create") { unsafe subject.create(core.hostTable) }
        guard let module = unsafe created.value else {
            throw unsafe Failure(
                created.message ?? "create returned NULL without host->fail()", created.status)
        }
        unsafe self.module = module
        core.check(
            unsafe reaches(\mod_module.destroy, size: module.pointee.size)
                && module.pointee.capability != nil && module.pointee.destroy != nil,
            "create: the table is too small or lacks a function")
        try core.throwViolations()
    }

    /// A host that was not closed lets the instance go, unless a call still needs it.
    deinit {
        guard core.beginClosing(), core.isIdle else { return }
        if core.isActive { unsafe module.pointee.stop?(module.pointee.instance) }
        core.asks.close()
        core.errands.close()
        unsafe module.pointee.destroy(module.pointee.instance)
    }

    /// What the module has written to its log so far.
    public var logs: [LogLine] { core.logs }

    public struct LogLine: Sendable, Equatable {
        public var level: LogLevel
        /// 0 for a line that belongs to no call.
        public var call: UInt64
        public var text: String
    }

    /// Everything that broke the contract so far.
    public var violations: [String] { core.violations }

    // MARK: - Calls

    /// Calls a task and waits for its end. As in the kernel, arguments that do not fit the schema
    /// are refused before the module sees them. If the surrounding Swift task is cancelled, so is
    /// the call.
    public func call(
        _ task: String, _ arguments: JSON = [:], mode: Mode? = nil, timeout: Duration? = nil
    ) async throws -> Outcome {
        let known = try find(task)
        let problems = known.schema?.problems(in: arguments) ?? []
        guard problems.isEmpty else {
            let message = problems.map(\.sentence).joined(separator: "; ")
            return Outcome(status: .invalid, message: message)
        }
        let filled = known.schema?.fillingDefaults(in: arguments) ?? arguments
        return try await begin(
            known, .json, filled.serialized(), mode: mode, timeout: timeout
        ).outcome()
    }

    /// The same for a task that accepts bytes.
    public func call(
        _ task: String, bytes: [UInt8], mode: Mode? = nil, timeout: Duration? = nil
    ) async throws -> Outcome {
        try await begin(find(task), .bytes, bytes, mode: mode, timeout: timeout).outcome()
    }

    /// Begins a call without waiting for it, and without checking its arguments.
    public func begin(
        _ task: String, _ arguments: JSON = [:], mode: Mode? = nil, timeout: Duration? = nil
    ) throws -> TestCall {
        let known = try find(task)
        let filled = known.schema?.fillingDefaults(in: arguments) ?? arguments
        return try begin(known, .json, filled.serialized(), mode: mode, timeout: timeout)
    }

    private func find(_ name: String) throws -> TestTask {
        guard let task = tasks.first(where: { $0.name == name }) else {
            let names = tasks.map(\.name)
            throw TestHostError(
                "there is no task \"\(name)\" among \(names.joined(separator: ", "))"
                    + Spelling.hint(for: name, among: names))
        }
        return task
    }

    private func begin(
        _ task: TestTask, _ kind: Outcome.Kind, _ arguments: [UInt8], mode: Mode?,
        timeout: Duration?
    ) throws -> TestCall {
        let table = try unsafe capability(MOD_TASKS, \mod_tasks.cancel)
        guard let table = unsafe table else {
            throw TestHostError("the module has no tasks, although its manifest lists some")
        }
        let parcel = CallParcel(
            task: task.index, id: core.newCall(named: task.name), mode: mode ?? task.mode,
            kind: kind, arguments: arguments, timeout: timeout)
        let call = unsafe TestCall(id: parcel.id, core: core, module: module, tasks: table)
        call.send(parcel, timeout: timeout)
        return call
    }

    /// Asks the module for a capability; nil if it does not have it.
    func capability<Table, Field>(
        _ id: String, revision: Int32 = 1, _ lastField: KeyPath<Table, Field>
    ) throws -> UnsafePointer<Table>? {
        let module = unsafe module.pointee
        guard let found = unsafe module.capability(module.instance, id, UInt32(revision)) else {
            return nil
        }
        let table = unsafe found.assumingMemoryBound(to: Table.self)
        core.check(
            unsafe reaches(lastField, size: found.load(as: UInt32.self)),
            "capability: the table of \(id) is too small")
        try core.throwViolations()
        return unsafe table
    }
}
