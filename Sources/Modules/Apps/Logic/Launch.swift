import CDesktop
package import Desktop

/// A program about to start, which shall not be ours: it gets no descriptor, signal or terminal of
/// this process, and is nobody's child.
package struct Launch: Sendable {
    package var program: String
    /// The first is the name by which the program was called.
    package var arguments: [String]
    package var environment: [String: String]
    package var folder: String

    package init(
        program: String, arguments: [String], environment: [String: String], folder: String
    ) {
        self.program = program
        self.arguments = arguments
        self.environment = environment
        self.folder = folder
    }

    /// Starts it and returns its process id. `prepare` is told that before the program runs.
    package func start(prepare: (Int32) -> Void = { _ in }) throws(DesktopError) -> Int32 {
        let texts = environment.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
        let arguments = CStrings(arguments)
        let environment = CStrings(texts)
        var launch = desktop_launch()
        try check(
            desktop_launch_prepare(
                program, arguments.pointers, environment.pointers, folder, &launch))
        prepare(launch.process)
        try check(desktop_launch_finish(&launch))
        return launch.process
    }

    private func check(_ failure: desktop_launch_failure) throws(DesktopError) {
        let reason = SmallFile.reason(failure.error)
        switch failure.step {
        case DESKTOP_LAUNCH_STEP_NONE: return
        case DESKTOP_LAUNCH_STEP_FOLDER:
            throw DesktopError(
                .failed, "could not start \(program): its folder \(folder): \(reason)")
        case DESKTOP_LAUNCH_STEP_PROGRAM:
            throw DesktopError(.failed, "could not start \(program): \(reason)")
        default:
            throw DesktopError(.failed, "could not make a process for \(program): \(reason)")
        }
    }
}

/// An array of C strings that ends with NULL.
private struct CStrings: ~Copyable {
    let pointers: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>
    private let count: Int

    init(_ texts: [String]) {
        count = texts.count
        pointers = .allocate(capacity: count + 1)
        for (index, text) in texts.enumerated() {
            let bytes = Array(text.utf8CString)
            let copy = UnsafeMutablePointer<CChar>.allocate(capacity: bytes.count)
            copy.initialize(from: bytes, count: bytes.count)
            (pointers + index).initialize(to: copy)
        }
        (pointers + count).initialize(to: nil)
    }

    deinit {
        for index in 0..<count { pointers[index]?.deallocate() }
        pointers.deallocate()
    }
}
