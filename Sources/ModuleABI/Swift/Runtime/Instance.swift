package import CModuleABI
internal import ModuleJSON
internal import Synchronization

/// One instance of the module, as the host's pointer to it finds it.
@safe
package final class Instance: Sendable {
    let host: HostTable
    let abilities: ModuleAbilities
    /// Lists, since the few that run at once are found as fast as in a dictionary, for whose keys
    /// the runtime would look through the conformances of every library mapped so far.
    private let runs = Mutex<[CallRun]>([])
    /// Of a provider: the answers that are being read.
    let answers = Mutex<[AnswerRun]>([])
    /// What the host holds. Written once, before the host gets it.
    private nonisolated(unsafe) let table: UnsafeMutablePointer<mod_module>

    private init(host: HostTable, abilities: ModuleAbilities) {
        self.host = host
        self.abilities = abilities
        unsafe table = .allocate(capacity: 1)
    }

    deinit {
        unsafe table.deallocate()
    }

    /// Makes an instance for the host, which it lives for until `destroy`; nil after `fail`.
    package static func create<M: Module>(
        _ type: M.Type, _ manifest: ManifestDocument?, _ host: UnsafePointer<mod_host>
    ) -> UnsafePointer<mod_module>? {
        guard let table = unsafe HostTable(host) else { return nil }
        do {
            try manifest?.validate()
            let module = try type.init(Host(id: type.manifest.id, table: table))
            let instance = Instance(host: table, abilities: ModuleAbilities(module))
            unsafe instance.table.initialize(to: InstanceTables.module(of: instance))
            return unsafe UnsafePointer(instance.table)
        } catch {
            let failure = Failure(error)
            _ = table.fail(failure.status, failure.message)
            return nil
        }
    }

    // MARK: - Calls

    /// The smallest call that this kit can read.
    private static let callBytes = unsafe UInt32(MemoryLayout<mod_call>.size)

    func begin(_ call: UnsafePointer<mod_call>) {
        guard unsafe call.pointee.size >= Self.callBytes else {
            return unsafe refuse(call)
        }
        let mode = unsafe Mode(call.pointee.mode)
        let run = unsafe CallRun(
            id: call.pointee.id, mode: mode ?? .thread,
            deadlineNanoseconds: call.pointee.deadline_nanoseconds, instance: self)
        do {
            guard mode != nil else {
                throw Failure("the mode \(unsafe call.pointee.mode) is not known", .unsupported)
            }
            let index = Int(unsafe call.pointee.task)
            guard abilities.tasks.indices.contains(index) else {
                throw Failure("this module has no task number \(index)", .notFound)
            }
            let task = abilities.tasks[index]
            let input = try unsafe input(of: call.pointee, for: task)
            runs.withLock { $0.append(run) }
            run.start { call in try await task.run(input, call) }
        } catch {
            run.finish(error)
        }
    }

    /// A structure that is too small to be read safely, beyond the id.
    private func refuse(_ call: UnsafePointer<mod_call>) {
        guard unsafe reaches(\mod_call.id, size: call.pointee.size) else { return }
        let run = unsafe CallRun(
            id: call.pointee.id, mode: .thread, deadlineNanoseconds: 0, instance: self)
        run.finish(
            Failure(
                "the call has \(unsafe call.pointee.size) bytes, but needs \(Self.callBytes)",
                .misuse))
    }

    private func input(of call: mod_call, for task: ModuleAbilities.Runnable) throws -> TaskInput {
        let isJSON = unsafe call.argument_kind == mod_kind(MOD_KIND_JSON)
        switch task.input {
        case .bytes:
            return .bytes(unsafe call.arguments.copied)
        case .nothing:
            return .json([:])
        case .arguments:
            guard unsafe isJSON || call.arguments.length == 0 else {
                throw Failure("the task \"\(task.name)\" takes JSON, not bytes", .invalid)
            }
            return .json(unsafe try parsed(call.arguments, "the text of the arguments"))
        }
    }

    func cancel(_ call: UInt64, _ reason: CancelReason) {
        runs.withLock { runs in runs.first { $0.id == call } }?.cancel(reason)
    }

    func forget(_ call: UInt64) {
        // Let go of after the lock.
        _ = runs.withLock { runs in
            runs.firstIndex { $0.id == call }.map { runs.remove(at: $0) }
        }
    }

    // MARK: - Lifecycle

    func configure(_ own: mod_text, _ user: mod_text) -> mod_status {
        step {
            let own = unsafe try parsed(
                mod_bytes(bytes: own.bytes, length: own.length), "the configuration")
            let user = unsafe try parsed(
                mod_bytes(bytes: user.bytes, length: user.length), "the table of the user")
            try abilities.configure?(own, user)
        }
    }

    func save(_ writer: UnsafePointer<mod_writer>) -> mod_status {
        var refused = mod_status(MOD_OK)
        let status = step {
            guard unsafe reaches(\mod_writer.write, size: writer.pointee.size) else {
                throw Failure("the writer for the state is too small a structure", .misuse)
            }
            guard let state = abilities.state else { return }
            let bytes = try state.save().serialized()
            unsafe bytes.withModBytes {
                unsafe refused = writer.pointee.write(writer.pointee.context, $0)
            }
        }
        return refused < 0 ? refused : status
    }

    func load(_ version: UInt32, _ bytes: mod_bytes) -> mod_status {
        step {
            let state = unsafe try parsed(bytes, "the saved state")
            try abilities.state?.load(Int(version), state)
        }
    }

    /// Runs one step of the life; what it throws becomes the sentence and the status.
    func step(_ body: () throws -> Void) -> mod_status {
        do {
            try body()
            return mod_status(MOD_OK)
        } catch {
            let failure = Failure(error)
            return host.fail(failure.status, failure.message)
        }
    }

    private func parsed(_ bytes: mod_bytes, _ what: String) throws -> JSON {
        do {
            return try unsafe bytes.parsed()
        } catch {
            throw Failure("\(what) is not JSON: \(error)", .invalid)
        }
    }
}
