import CInotify

/// A pipe, both ends close-on-exec.
package struct Pipe: ~Copyable {
    package let reader: FileDescriptor
    package let writer: FileDescriptor

    package init() throws(SystemError) {
        var numbers: [Int32] = [-1, -1]
        try systemCall("make a pipe") { unsafe linux_pipe(&numbers) }
        reader = FileDescriptor(owning: numbers[0])
        writer = FileDescriptor(owning: numbers[1])
    }

    package consuming func split(
        _ body: (consuming FileDescriptor, consuming FileDescriptor) -> Void
    ) {
        body(reader, writer)
    }
}
