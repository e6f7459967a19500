import KernelClient
import KernelSystem
package import KernelTerminal
package import KernelWire

package struct ReplOptions: Sendable {
    package var input: Int32 = 0
    package var output: Int32 = 1
    /// Where all but results goes when nobody types: events, errors.
    package var errors: Int32 = 2
    /// Nil keeps no history.
    package var historyFile: String?
    /// From here relative paths are completed.
    package var folder = Files.currentDirectory
    package var home = Environment.value("HOME", or: "/")
    package var prompt = StyledText("> ", .accent)
    /// Who this client says it is.
    package var introduction = Introduction(client: "repl", folder: Files.currentDirectory)
    /// For a kernel that goes on without this client: makes a new connection if one can be had now.
    /// Nil where the kernel ends with this client.
    package var reconnect: (@Sendable () throws -> (any WireTransport)?)?
    /// Nil: as the descriptors and the environment say.
    package var capabilities: TerminalCapabilities?
    /// The monotonic clock in nanoseconds, which paces what is shown of a call's progress.
    package var clock: @Sendable () -> UInt64 = { SystemClock.monotonicNanoseconds }

    package init() {}
}
