internal import CModuleABI

/// The tables of functions that the host gets. They are the same for all instances; what an
/// instance cannot do, it does not hand out.
@safe
enum InstanceTables {
    private static func found(_ pointer: UnsafeMutableRawPointer?) -> Instance? {
        unsafe pointer.map { unsafe Unmanaged<Instance>.fromOpaque($0).takeUnretainedValue() }
    }

    /// In memory that stays valid for as long as the library is mapped.
    private static func permanent<T>(_ table: T) -> UnsafePointer<T> {
        let memory = UnsafeMutablePointer<T>.allocate(capacity: 1)
        unsafe memory.initialize(to: table)
        return unsafe UnsafePointer(memory)
    }

    // Never written after it was made.
    nonisolated(unsafe) private static let tasks = unsafe permanent(
        mod_tasks(
            size: UInt32(MemoryLayout<mod_tasks>.size), reserved: 0,
            call: { pointer, call in
                guard let call = unsafe call else { return }
                unsafe InstanceTables.found(pointer)?.begin(call)
            },
            cancel: { pointer, call, reason in
                unsafe InstanceTables.found(pointer)?.cancel(call, CancelReason(reason))
            }))

    // Never written after it was made.
    nonisolated(unsafe) private static let configuration = unsafe permanent(
        mod_configuration(
            size: UInt32(MemoryLayout<mod_configuration>.size), reserved: 0,
            configure: { pointer, own, user in
                unsafe InstanceTables.found(pointer)?.configure(own, user) ?? mod_status(MOD_MISUSE)
            }))

    // Never written after it was made.
    nonisolated(unsafe) private static let state = unsafe permanent(
        mod_state(
            size: UInt32(MemoryLayout<mod_state>.size), reserved: 0,
            save: { pointer, writer in
                guard let writer = unsafe writer else { return mod_status(MOD_MISUSE) }
                return unsafe InstanceTables.found(pointer)?.save(writer) ?? mod_status(MOD_MISUSE)
            },
            load: { pointer, version, bytes in
                unsafe InstanceTables.found(pointer)?.load(version, bytes) ?? mod_status(MOD_MISUSE)
            }))

    // Never written after it was made.
    nonisolated(unsafe) private static let health = unsafe permanent(
        mod_health(
            size: UInt32(MemoryLayout<mod_health>.size), reserved: 0,
            self_test: { pointer in
                guard let instance = unsafe InstanceTables.found(pointer) else {
                    return mod_status(MOD_MISUSE)
                }
                return instance.step { try instance.abilities.health?.selfTest() }
            },
            check: { pointer in
                guard let instance = unsafe InstanceTables.found(pointer) else {
                    return mod_status(MOD_MISUSE)
                }
                return instance.step { try instance.abilities.health?.check() }
            }))

    // Never written after it was made.
    nonisolated(unsafe) private static let provider = unsafe permanent(
        mod_provider(
            size: UInt32(MemoryLayout<mod_provider>.size), reserved: 0,
            describe: { pointer, writer in
                guard let writer = unsafe writer else { return mod_status(MOD_MISUSE) }
                return unsafe InstanceTables.found(pointer)?.describe(writer)
                    ?? mod_status(MOD_MISUSE)
            },
            encode: { pointer, order, writer in
                guard let writer = unsafe writer else { return mod_status(MOD_MISUSE) }
                return unsafe InstanceTables.found(pointer)?.encode(order, writer)
                    ?? mod_status(MOD_MISUSE)
            },
            open: { pointer, answer, order, head in
                unsafe InstanceTables.found(pointer)?.open(answer, order, head)
                    ?? mod_status(MOD_MISUSE)
            },
            read: { pointer, answer, piece, events in
                guard let events = unsafe events else { return }
                unsafe InstanceTables.found(pointer)?.read(answer, piece, events)
            },
            close: { pointer, answer, isWhole, events in
                guard let events = unsafe events else { return }
                unsafe InstanceTables.found(pointer)?.close(answer, isWhole != 0, events)
            }))

    private static func capability(
        of instance: Instance, id: String, revision: UInt32
    ) -> UnsafeRawPointer? {
        let abilities = instance.abilities
        switch (id, revision) {
        case (MOD_TASKS, 1): return unsafe UnsafeRawPointer(tasks)
        case (MOD_CONFIGURATION, 1) where abilities.configure != nil:
            return unsafe UnsafeRawPointer(configuration)
        case (MOD_STATE, 1) where abilities.state != nil: return unsafe UnsafeRawPointer(state)
        case (MOD_HEALTH, 1) where abilities.health != nil: return unsafe UnsafeRawPointer(health)
        case (MOD_PROVIDER, 2) where abilities.provider != nil:
            return unsafe UnsafeRawPointer(provider)
        default: return nil
        }
    }

    /// The table of one instance. It holds the instance until the host calls destroy().
    static func module(of instance: Instance) -> mod_module {
        let isStartable = instance.abilities.start != nil
        return unsafe mod_module(
            size: UInt32(MemoryLayout<mod_module>.size), reserved: 0,
            instance: Unmanaged.passRetained(instance).toOpaque(),
            capability: { pointer, id, revision in
                guard let id = unsafe id, let instance = unsafe InstanceTables.found(pointer) else {
                    return nil
                }
                return unsafe InstanceTables.capability(
                    of: instance, id: String(cString: id), revision: revision)
            },
            start: isStartable ? startFunction : nil,
            stop: isStartable ? stopFunction : nil,
            destroy: { pointer in
                guard let pointer = unsafe pointer else { return }
                let instance = unsafe Unmanaged<Instance>.fromOpaque(pointer)
                unsafe instance.takeUnretainedValue().host.close()
                unsafe instance.release()
            })
    }

    private static let startFunction: @convention(c) (UnsafeMutableRawPointer?) -> mod_status = {
        guard let instance = unsafe InstanceTables.found($0) else { return mod_status(MOD_MISUSE) }
        return instance.step { try instance.abilities.start?() }
    }

    private static let stopFunction: @convention(c) (UnsafeMutableRawPointer?) -> Void = {
        unsafe InstanceTables.found($0)?.abilities.stop?()
    }
}
