import KernelSystem
import KernelTesting
import ModuleJSON
import Testing

/// A model that takes a while to load, seen by those who did not ask for it.
@Suite(.timeLimit(.minutes(2)))
struct LoadingTests {
    @Test func `everybody is told that a model loads, and the list says how far it is`() throws {
        let home = try KernelHome()
        let file = home.folder.file("tiny.gguf")
        try Shell.run("/usr/bin/python3 '\(ScriptServer.path("tiny_model.py"))' '\(file)'")
        try home.configure(
            """
            [local]
            server = "\(ScriptServer.path("fake_llama_server.py"))"
            adopt = false
            [models.tiny]
            file = "\(file)"
            arguments = ["--fake-load", "4"]
            """)
        // What it writes to its standard error is what one of its clients hears.
        let kernel = try home.serve()
        let load = try home.start(["model", "load", "tiny"], input: .file("/dev/null"))
        try kernel.wait(errors: "tiny is loading (tiny.gguf)")
        let list = try JSON(parsing: try home.run(["model", "list", "--json"]).output)
        let model = list["models"]?.array?.first { $0["name"] == "tiny" }
        #expect(model?["state"] == "loading" && model?["loadedFraction"]?.number != nil)
        try kernel.wait(errors: "tiny is ready, after ")
        #expect(try load.waitForEnd().output.contains("tiny is loaded"))
        kernel.signal(SignalNumber.terminate)
        _ = try kernel.waitForEnd()
    }
}
