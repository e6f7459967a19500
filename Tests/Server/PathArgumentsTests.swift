import ModuleJSON
import Testing

@testable import KernelServer

struct PathArgumentsTests {
    private static let schema: JSON = [
        "type": "object",
        "properties": [
            "path": ["type": "string", "format": "path", "default": "."],
            "other": ["type": ["string", "null"], "format": "path"],
            "all": ["type": "array", "items": ["type": "string", "format": "path"]],
            "text": ["type": "string", "default": "."],
        ],
    ]

    @Test(
        arguments: [
            ([:], ["path": "/home/ann"]), (["path": "a/b"], ["path": "/home/ann/a/b"]),
            (["path": "../x"], ["path": "/home/ann/../x"]), (["path": "/etc"], ["path": "/etc"]),
            (["path": "~/x"], ["path": "~/x"]), (["path": "~"], ["path": "~"]),
            (["path": ""], ["path": ""]), (["path": 3], ["path": 3]),
            (["path": "/", "other": "x"], ["path": "/", "other": "/home/ann/x"]),
            (["path": "/", "other": .null], ["path": "/", "other": .null]),
            (["path": "/", "text": "x", "new": "y"], ["path": "/", "text": "x", "new": "y"]),
            (
                ["path": "/", "all": ["x", "/y", 1]],
                ["path": "/", "all": ["/home/ann/x", "/y", 1]]
            ),
            ([], []),
        ] as [(JSON, JSON)])
    func `what is a path starts in the folder, and nothing else does`(
        given: JSON, expected: JSON
    ) throws {
        let paths = PathArguments(try JSONSchema(Self.schema), folder: "/home/ann")
        #expect(paths.absolute(given) == expected)
    }
}
