/// The variables with the kernel's prefix that are no override of a key.
package enum EnvironmentVariables {
    package struct Variable: Sendable {
        package let name: String
        package let about: String
    }

    package static let configurationFile = "KERNEL_CONFIG"
    package static let clientName = "KERNEL_CLIENT_NAME"

    package static let others = [
        Variable(
            name: configurationFile,
            about: "Path of the configuration file; `--config PATH` stands over it."),
        Variable(
            name: clientName,
            about: "The name under which a client shows up, such as in the list of tasks."),
        Variable(
            name: "KERNEL_NO_PARENT",
            about: "Set to anything: no parent process starts the kernel again after a crash. "
                + "For debuggers."),
    ]
}
