import KernelSystem
import KernelTesting
import Testing

@testable import KernelSetup

/// Where packages come from, and what a page of links says.
struct PackageIndexTests {
    private func index(
        _ environment: [String: String] = [:], files: [String: String] = [:]
    ) throws -> PackageIndex {
        let home = try TemporaryFolder("kernel-pip")
        for (name, text) in files {
            let file = home.file(name)
            try Files.makeDirectories(Path.directory(of: file))
            try Files.replace(file, with: Array(text.utf8))
        }
        var environment = environment
        // What stands in /etc is the machine's, not the test's.
        environment["PIP_CONFIG_FILE"] = environment["PIP_CONFIG_FILE"] ?? home.file("none")
        for (name, value) in environment {
            environment[name] = value.replacing("HOME", with: home.path)
        }
        return PackageIndex(environment: environment, home: home.path)
    }

    private static let own = """
        # comment
        [install]
        index-url = https://wrong.example/simple
        [global]
        index_url: https://mirror.example/simple/
        cert = ~/ca.pem
        proxy = proxy.example:3128
        """

    @Test func `it is PyPI, or what pip is told, a variable before a file`() throws {
        let empty = ["PIP_CONFIG_FILE": "/dev/null"]
        #expect(try index(empty).base == "https://pypi.org/simple")
        for file in [".config/pip/pip.conf", ".pip/pip.conf", "own.conf"] {
            let variables = file == "own.conf" ? ["PIP_CONFIG_FILE": "HOME/own.conf"] : [:]
            let found = try index(variables, files: [file: Self.own])
            #expect(found.base == "https://mirror.example/simple", "\(file)")
            #expect(found.proxy == "http://proxy.example:3128")
            #expect(found.certificatesFile?.hasSuffix("/ca.pem") == true)
            #expect(found.certificatesFile?.hasPrefix("/") == true)
        }
        let variable = ["PIP_INDEX_URL": "http://other.example/x", "PIP_CERT": ""]
        let found = try index(variable, files: [".config/pip/pip.conf": Self.own])
        #expect(found.base == "http://other.example/x")
        #expect(found.certificatesFile?.hasSuffix("/ca.pem") == true)
        let download = Self.own + "\n[download]\nindex-url = https://nearer.example"
        #expect(
            try index(files: [".config/pip/pip.conf": download]).base == "https://nearer.example")
        // No file counts then.
        #expect(
            try index(empty, files: [".config/pip/pip.conf": Self.own]).base
                == "https://pypi.org/simple")
    }

    @Test(arguments: [
        ("https://files.example/a/b/x-1.whl#sha256=0", "https://files.example/a/b/x-1.whl"),
        ("../../packages/x-1.whl", "https://i.example/packages/x-1.whl"),
        ("./x-1.whl", "https://i.example/simple/x/x-1.whl"),
        ("/files/x-1.whl", "https://i.example/files/x-1.whl"),
        ("//files.example/x-1.whl?a=1&amp;b=2", "https://files.example/x-1.whl?a=1&b=2"),
    ])
    func `a link is found by the name of its file, and is an address`(
        link: String, address: String
    ) {
        let page = "<a href=\"x-0.whl\">x</a><a class='c' href=\"\(link)\" data-x=''>x-1.whl</a>"
        let found = PackageIndex.address(of: "x-1.whl", in: page, at: "https://i.example/simple/x/")
        #expect(found == address)
        #expect(
            PackageIndex.address(of: "y-1.whl", in: page, at: "https://i.example/simple/x/") == nil)
    }
}
