import KernelSystem

/// A llama-server that runs: a child of ours, or one that a kernel before this one has started.
final class ServerProcess {
    let number: Int32
    let startTicks: UInt64
    private let handle: FileDescriptor
    private let isChild: Bool

    /// Starts it in a session of its own. It writes to the file: a pipe would end it when the
    /// kernel is gone.
    init(_ command: ServerCommand, log: String) throws(SystemError) {
        let nothing = try FileDescriptor.open("/dev/null", .read)
        let output = try FileDescriptor.open(log, .append, creating: .ifMissing())
        var options = ChildProcess.Options(environment: command.environment, directory: "/")
        options.descriptors = [
            .init(nothing.raw, as: 0), .init(output.raw, as: 1), .init(output.raw, as: 2),
        ]
        number = try ChildProcess.spawn(command.program, command.arguments, options)
        isChild = true
        do throws(SystemError) {
            handle = try ChildProcess.handle(of: number)
        } catch {
            ProcessSession.kill(leader: number)
            _ = try? ChildProcess.wait(for: number)
            throw error
        }
        startTicks = ProcessStat(of: number)?.startTicks ?? 0
        Self.offerToEnd(number)
    }

    /// The process of the record, if it still is that one.
    init?(_ record: ServerRecord) {
        guard record.boot == ProcessStat.boot,
            let handle = try? ChildProcess.handle(of: record.process),
            ProcessStat(of: record.process)?.startTicks == record.startTicks
        else { return nil }
        number = record.process
        startTicks = record.startTicks
        self.handle = handle
        isChild = false
    }

    /// Readable once it has ended.
    var watched: Int32 { handle.raw }

    var residentBytes: Int? { ProcessUsage.residentBytes(of: number) }

    func terminate() {
        ChildProcess.signal(handle, SignalNumber.terminate)
    }

    func kill() {
        ChildProcess.signal(handle, SignalNumber.kill)
    }

    /// How it ended, after it has; nil if only its parent could know.
    func end() -> ChildProcess.End? {
        isChild ? try? ChildProcess.wait(for: number) : nil
    }

    /// When memory is short, the system ends a model rather than the kernel or somebody's work.
    private static func offerToEnd(_ process: Int32) {
        guard let file = try? FileDescriptor.open("/proc/\(process)/oom_score_adj", .write) else {
            return
        }
        try? file.write(Array("300".utf8))
    }
}
