import CInotify
import Glibc

/// Making processes by fork: only for the zygote, in which no second thread and no concurrency
/// has ever run. A process that has run a Swift task cannot be forked: its child never runs one.
package enum Fork {
    /// What the child is given; everything else is closed in it.
    package struct ChildDescriptors: Sendable {
        package let channel: Int32
        package let output: Int32
        package let errors: Int32

        package init(channel: Int32, output: Int32, errors: Int32) {
            self.channel = channel
            self.output = output
            self.errors = errors
        }
    }

    /// The number of the channel's descriptor in the child.
    private static let channelNumber: Int32 = 3

    /// Makes a child that runs `body` with its channel and then ends. Returns the child's number.
    package static func child(
        name: String, _ descriptors: ChildDescriptors, _ body: (consuming FileDescriptor) -> Int32
    ) throws(SystemError) -> Int32 {
        let child = try systemCall("fork a worker") { linux_fork() }
        guard child == 0 else { return child }
        prepareChild(name, descriptors)
        let code = body(FileDescriptor(owning: channelNumber))
        // Not exit(): handlers that the parent registered are not the child's to run.
        _exit(code)
    }

    private static func prepareChild(_ name: String, _ descriptors: ChildDescriptors) {
        // If the zygote dies, nobody could report this process's end any more.
        _ = linux_die_with_parent(SIGKILL)
        _ = setsid()
        linux_reset_signals()
        _ = unsafe linux_set_process_name(name)
        let nothing = unsafe linux_open("/dev/null", O_RDONLY | O_CLOEXEC, 0)
        // Moved up first, so that no dup2 below overwrites one that is still needed.
        let sources = [nothing, descriptors.output, descriptors.errors, descriptors.channel]
            .map { linux_duplicate($0, 16) }
        for (target, source) in sources.enumerated() { dup2(source, Int32(target)) }
        _ = linux_close_from(channelNumber + 1)
        _ = linux_set_close_on_exec(channelNumber, 1)
    }

    /// Readable when a child of this process has ended. Blocks SIGCHLD.
    package static func childSignals() throws(SystemError) -> FileDescriptor {
        let raw = try systemCall("watch for children") { linux_child_signals() }
        return FileDescriptor(owning: raw)
    }

    /// The children that have ended since it was last asked, with how.
    package static func endedChildren() -> [(process: Int32, waitStatus: Int32)] {
        var ended: [(process: Int32, waitStatus: Int32)] = []
        while true {
            var status: Int32 = 0
            let child = unsafe linux_next_ended_child(&status)
            guard child > 0 else { return ended }
            ended.append((child, status))
        }
    }
}
