import KernelBase
import KernelSystem
import ModuleJSON

/// Which program a module wants to have run, read from its order and checked.
struct ProgramOrder: Sendable {
    /// Without links.
    let program: String
    let arguments: [String]
    let folder: String
    let bytesMax: Int
    let graceSeconds: Double

    private static let members: Set = [
        "program", "arguments", "folder", "bytesMax", "graceSeconds",
    ]
    private static let argumentsMax = 1_024
    /// The system takes 128 KiB in one, and a quarter of the stack in all.
    private static let argumentBytesMax = 120 << 10
    private static let argumentBytesOfAllMax = 512 << 10

    init(_ bytes: [UInt8]) throws(ErrandRefusal) {
        let order = try OrderReader(bytes, members: Self.members)
        guard let path = try order.text("program"), path.hasPrefix("/") else {
            throw ErrandRefusal(.invalid, "the order has no \"program\", an absolute path")
        }
        guard let resolved = Files.resolved(path) else {
            throw ErrandRefusal(.notFound, "there is no program \(path)")
        }
        program = resolved
        folder = try order.text("folder") ?? "/"
        guard folder.hasPrefix("/") else {
            throw ErrandRefusal(.invalid, "\"folder\" is not an absolute path")
        }
        bytesMax = try order.bytes("bytesMax", usual: 16 << 20, max: 1 << 30)
        graceSeconds = try order.seconds("graceSeconds", usual: 2, max: 30)
        arguments = try Self.arguments(try order.list("arguments", of: "texts") ?? [])
    }

    private static func arguments(_ list: [JSON]) throws(ErrandRefusal) -> [String] {
        var arguments: [String] = []
        var bytes = 0
        for argument in list {
            guard let text = argument.string, !text.utf8.contains(0) else {
                throw ErrandRefusal(.invalid, "\"arguments\" is not a list of texts without a zero")
            }
            bytes += text.utf8.count + 1
            guard arguments.count < argumentsMax, text.utf8.count <= argumentBytesMax,
                bytes <= argumentBytesOfAllMax
            else {
                throw ErrandRefusal(
                    .limit,
                    "more than \(argumentsMax) arguments, \(argumentBytesMax) bytes in one or "
                        + "\(argumentBytesOfAllMax) in all: give them to it as a body")
            }
            arguments.append(text)
        }
        return arguments
    }
}
