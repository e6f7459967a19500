import CCrash
package import KernelSystem

/// The flight recorder's memory: one process writes to it, and whoever has its descriptor reads
/// what was written, also after that process is dead.
@safe package final class FlightRegion: @unchecked Sendable {
    // @unchecked: the writers are threads that each have a slot of their own, by atomic claims;
    // readers read after the death of the writer, or take numbers that may be a moment old.
    let memory: UnsafeMutablePointer<flight_region>
    private let descriptor: FileDescriptor

    /// The number of the memory's descriptor, to be handed to a child.
    package var number: Int32 { descriptor.raw }

    /// Fresh memory, all zero.
    package convenience init() throws(SystemError) {
        try self.init(sharing: SharedMemory.file(name: "flight", bytes: Self.bytes))
    }

    /// The memory that another process has made.
    package init(sharing file: consuming FileDescriptor) throws(SystemError) {
        let start = unsafe try SharedMemory.map(file, bytes: Self.bytes)
        unsafe memory = unsafe start.bindMemory(to: flight_region.self, capacity: 1)
        descriptor = file
    }

    deinit {
        unsafe SharedMemory.unmap(memory, bytes: Self.bytes)
    }

    private static var bytes: Int { Int(flight_region_bytes()) }
}

// MARK: Reading

extension FlightRegion {
    /// Module code that a thread was in.
    package struct Crumb: Sendable, Hashable {
        package let thread: Int32
        package let place: FlightPlace
        /// Nil if the recorder does not know the build any more.
        package let build: BuildName?
        /// Of a call.
        package let task: String?
        package let call: UInt64
        /// On the monotonic clock.
        package let sinceNanoseconds: UInt64
    }

    /// A call that had begun and had not ended.
    package struct OpenCall: Sendable, Hashable {
        package let call: UInt64
        package let build: BuildName?
        package let task: String?
        package let mode: UInt32
        package let beganNanoseconds: UInt64
    }

    package struct BuildName: Sendable, Hashable {
        package let module: String
        package let version: String
        package let hash: String
        package let generation: UInt64
    }

    package enum Cause: Sendable, Hashable {
        case nothing
        case signal
        case exit
        case hang
    }

    /// What the crash handler wrote down.
    package struct Crash: Sendable, Hashable {
        package let cause: Cause
        package let signal: Int32
        package let code: Int32
        /// The process that sent the signal; 0 if the machine raised it.
        package let sender: Int32
        package let thread: Int32
        package let threadName: String
        package let address: UInt64
        package let stackPointer: UInt64
        package let crumb: Crumb?
        package let frames: [UInt64]
        package let printed: String
    }

    package var phase: FlightPhase {
        unsafe FlightPhase(rawValue: flight_phase_of(memory)) ?? .starting
    }

    /// The threads that are, or were at the end, in module code.
    package var crumbs: [Crumb] {
        (0..<UInt32(FLIGHT_SLOTS)).compactMap { index in
            guard let slot = unsafe flight_slot_at(memory, index) else { return nil }
            let thread = unsafe flight_slot_thread(slot)
            return thread == 0 ? nil : unsafe crumb(slot.pointee.crumb, thread: thread)
        }
    }

    /// Oldest first.
    package var openCalls: [OpenCall] {
        let calls = (0..<UInt32(FLIGHT_CALLS)).compactMap { index -> OpenCall? in
            guard let call = unsafe flight_call_at(memory, index)?.pointee, call.is_running != 0
            else { return nil }
            let (build, task) = names(call.build, call.task)
            return OpenCall(
                call: call.call, build: build, task: task, mode: call.mode,
                beganNanoseconds: call.began)
        }
        return calls.sorted { $0.call < $1.call }
    }

    package var crash: Crash {
        guard let crash = unsafe flight_crash_of(memory) else {
            preconditionFailure("the flight recorder's memory has a part for the crash")
        }
        let frameCount = unsafe min(crash.pointee.frame_count, UInt32(FLIGHT_FRAMES))
        let printed = unsafe Self.text(
            flight_crash_printed(crash), crash.pointee.printed_length, max: Int(FLIGHT_PRINTED))
        return unsafe Crash(
            cause: Self.cause(crash.pointee.cause), signal: crash.pointee.signal,
            code: crash.pointee.code, sender: crash.pointee.sender,
            thread: crash.pointee.thread,
            threadName: Self.text(flight_crash_thread_name(crash), max: Self.threadNameBytes),
            address: crash.pointee.address, stackPointer: crash.pointee.stack_pointer,
            crumb: crumb(crash.pointee.crumb, thread: crash.pointee.thread),
            frames: (0..<frameCount).map { unsafe flight_crash_frame(crash, $0) },
            printed: printed)
    }

    /// The process has noted nothing: it has not come so far as to know of this memory.
    package var isUntouched: Bool {
        unsafe phase == .starting && crash.cause == .nothing && flight_last_build(memory) == 0
    }

    /// The lines of /proc/self/maps that held code when it crashed.
    package var mappings: String {
        guard let crash = unsafe flight_crash_of(memory) else { return "" }
        return unsafe Self.text(
            flight_maps(memory), crash.pointee.maps_length, max: Int(FLIGHT_MAPS))
    }

    /// The build of this hash that was registered last.
    package func build(hash: String) -> BuildName? {
        let last = unsafe flight_last_build(memory)
        let kept = min(last, UInt32(FLIGHT_BUILDS))
        return (last - kept..<last).lazy.reversed().compactMap { self.name($0 + 1) }
            .first { $0.hash == hash }
    }

    private static func cause(_ number: UInt32) -> Cause {
        switch number {
        case FLIGHT_SIGNAL.rawValue: .signal
        case FLIGHT_EXIT.rawValue: .exit
        case FLIGHT_HANG.rawValue: .hang
        default: .nothing
        }
    }

    private func crumb(_ crumb: flight_crumb, thread: Int32) -> Crumb? {
        guard let place = FlightPlace(kind: crumb.kind) else { return nil }
        let (build, task) = names(crumb.build, crumb.task)
        let isCall = place == .call || place == .cancel
        return Crumb(
            thread: thread, place: place, build: build, task: isCall ? task : nil,
            call: crumb.call, sinceNanoseconds: crumb.since)
    }

    private func name(_ serial: UInt32) -> BuildName? {
        guard let build = unsafe flight_build_of(memory, serial) else { return nil }
        return unsafe BuildName(
            module: Self.text(flight_build_module(build), max: Self.moduleBytes),
            version: Self.text(flight_build_version(build), max: Self.versionBytes),
            hash: Self.text(flight_build_hash(build), max: Self.hashBytes),
            generation: build.pointee.generation)
    }

    private func names(_ serial: UInt32, _ task: UInt32) -> (BuildName?, String?) {
        guard let build = unsafe flight_build_of(memory, serial), let name = name(serial) else {
            return (nil, nil)
        }
        let (offset, length) = unsafe (
            Int(build.pointee.tasks_offset), Int(build.pointee.tasks_length)
        )
        // The writer may have been overwriting its own memory when it died.
        guard length > 0, offset + length <= Int(FLIGHT_NAMES) else { return (name, nil) }
        let bytes = unsafe UnsafeRawBufferPointer(
            start: flight_names(memory) + offset, count: length)
        let tasks = unsafe bytes.split(
            separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        guard unsafe task < tasks.count else { return (name, nil) }
        return (name, unsafe String(decoding: tasks[Int(task)], as: UTF8.self))
    }

    private static let moduleBytes = MemoryLayout.size(ofValue: flight_build().module)
    private static let versionBytes = MemoryLayout.size(ofValue: flight_build().version)
    private static let hashBytes = MemoryLayout.size(ofValue: flight_build().hash)
    private static let threadNameBytes = MemoryLayout.size(ofValue: flight_crash().thread_name)

    /// Up to a zero. The process may have written over it.
    @unsafe private static func text(_ start: UnsafePointer<CChar>?, max: Int) -> String {
        let bytes = unsafe UnsafeRawBufferPointer(start: start, count: max)
        return unsafe String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
    }

    @unsafe private static func text(
        _ start: UnsafePointer<CChar>?, _ length: UInt32, max: Int
    ) -> String {
        let bytes = unsafe UnsafeRawBufferPointer(start: start, count: min(Int(length), max))
        return unsafe String(decoding: bytes, as: UTF8.self)
    }
}
