import CInotify
import Glibc

/// Takes descriptors 1 and 2 away from whatever runs in this process, so that nothing a module
/// prints lands on the terminal. What they were is kept for those who may write there.
package struct OutputCapture: ~Copyable {
    /// What descriptors 1 and 2 were, close-on-exec.
    package let output: FileDescriptor
    package let errors: FileDescriptor
    /// What is printed in this process from now on can be read here.
    package let reader: FileDescriptor

    /// Numbers that modules do not meet by chance.
    private static let lowestNumber: Int32 = 100

    package init() throws(SystemError) {
        let output = try Self.duplicate(1)
        let errors = try Self.duplicate(2)
        let pipe = try Pipe()
        let reader = try pipe.reader.duplicate()
        let writer = pipe.writer.raw
        try systemCall("capture what modules print") { dup2(writer, 1) }
        try systemCall("capture what modules print") { dup2(writer, 2) }
        self.output = output
        self.errors = errors
        self.reader = reader
    }

    /// Descriptors 1 and 2 are again what they were.
    deinit {
        dup2(output.raw, 1)
        dup2(errors.raw, 2)
    }

    private static func duplicate(_ number: Int32) throws(SystemError) -> FileDescriptor {
        let copy = try systemCall("duplicate descriptor", "\(number)") {
            linux_duplicate(number, lowestNumber)
        }
        return FileDescriptor(owning: copy)
    }
}
