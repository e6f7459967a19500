import ClientTesting
import KernelWire
import ModuleJSON
import Testing

@testable import KernelClient

/// Lines that are shown as an example of a task.
struct ExampleLineTests {
    struct Case: Sendable {
        let risk: String
        let arguments: JSON
        let line: String
    }

    private static let text: JSON = ["type": "string"]
    private static let optional: JSON = ["type": ["string", "null"]]

    @Test(arguments: [
        Case(
            risk: "read",
            arguments: [
                "properties": ["path": text, "after": optional], "required": ["path"],
            ], line: "fs.task path=README.md"),
        // A text may be optional because there is another way to say it.
        Case(
            risk: "write",
            arguments: [
                "properties": [
                    "path": text, "old": optional, "new": optional,
                    "all": ["type": "boolean", "default": false], "note": optional,
                ], "required": ["path"],
            ], line: "fs.task path=README.md old=text new=text"),
        Case(
            risk: "write",
            arguments: [
                "properties": [
                    "path": text, "parents": ["type": "boolean", "default": false],
                    "hash": optional,
                ], "required": ["path"],
            ], line: "fs.task path=README.md"),
    ])
    func `an example has what the task needs`(one: Case) {
        let task = KnownModules.Task(
            address: "fs.task",
            listing: Samples.task("task", "Works.", risk: one.risk, arguments: one.arguments))
        #expect(ExampleLine.line(for: task) == one.line)
    }
}
