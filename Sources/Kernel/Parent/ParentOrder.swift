package import KernelSystem

/// What a kernel that wants a parent tells the program that becomes it.
package struct ParentOrder: Sendable, Hashable {
    /// The program to start, and its arguments.
    package var kernel: String
    package var arguments: [String]
    package var stateFolder: String
    /// Made and checked, outermost first; the last is the one of the socket.
    package var privateFolders: [String]
    package var socket: String
    /// False: what is typed is a script, of which a second kernel would run the rest.
    package var restarts: Bool

    package init(
        kernel: String, arguments: [String], stateFolder: String, privateFolders: [String],
        socket: String, restarts: Bool
    ) {
        self.kernel = kernel
        self.arguments = arguments
        self.stateFolder = stateFolder
        self.privateFolders = privateFolders
        self.socket = socket
        self.restarts = restarts
    }

    /// As the arguments of a program.
    package var words: [String] {
        [kernel, stateFolder, socket, restarts ? "restart" : "once", "\(privateFolders.count)"]
            + privateFolders + arguments
    }

    package init?(_ words: [String]) {
        guard words.count >= 5, let folders = Int(words[4]), folders >= 0,
            words.count >= 5 + folders, ["restart", "once"].contains(words[3])
        else { return nil }
        kernel = words[0]
        stateFolder = words[1]
        socket = words[2]
        restarts = words[3] == "restart"
        privateFolders = Array(words[5..<5 + folders])
        arguments = Array(words[(5 + folders)...])
    }
}

/// The variables by which a kernel knows its parent.
package enum ParentVariables {
    /// `<number of the parent's process>:<descriptor of the flight recorder>:<safe or normal>`
    package static let parent = "KERNEL_PARENT"
    /// Set to anything: the kernel runs without a parent, for those who debug it.
    package static let noParent = "KERNEL_NO_PARENT"

    static let listenProcess = "LISTEN_PID"
    static let listenCount = "LISTEN_FDS"
    static let listenNames = "LISTEN_FDNAMES"
}

/// The kernel's side: what its parent has given it.
package struct ParentLink: ~Copyable {
    package let recorder: FileDescriptor
    /// The parent starts it in safe mode, after too many crashes.
    package let isSafeMode: Bool

    /// Reads and removes the variable, so that no program that this one starts takes it for its
    /// own. Nil if whoever has started this process is no parent.
    package init?() {
        let text = Environment.value(ParentVariables.parent)
        Environment.remove(ParentVariables.parent)
        let parts = (text ?? "").split(separator: ":")
        guard parts.count == 3, parts[0] == "\(Supervision.parent)", let number = Int32(parts[1]),
            number > 2
        else { return nil }
        recorder = FileDescriptor(owning: number)
        isSafeMode = parts[2] == "safe"
        try? recorder.setCloseOnExec(true)
    }

    package consuming func takeRecorder() -> FileDescriptor { recorder }
}
