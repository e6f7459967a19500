import KernelSystem
import KernelTesting
import ModuleJSON

extension KernelHome {
    /// What a kernel replies to each of these `chat.ask`, in one connection. In them "$0" is the
    /// message that the first reply has, and "$0.call" the id of the call in it.
    func replies(_ questions: [JSON]) throws -> [JSON] {
        let kernel = try serve()
        defer {
            kernel.signal(SignalNumber.terminate)
            _ = try? kernel.waitForEnd()
        }
        let lines = folder.file("questions")
        let text = questions.map { "chat.ask \($0.text)\n" }.joined()
        try Files.replace(lines, with: Array(text.utf8))
        let client = ScriptServer.path("wire_client.py")
        let output = try Shell.run("/usr/bin/python3 '\(client)' '\(socket)' <'\(lines)'")
        return try output.split(separator: "\n").map { try JSON(parsing: String($0)) }
    }
}
