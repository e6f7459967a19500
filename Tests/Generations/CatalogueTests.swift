import KernelBuilds
import KernelGenerations
import Testing

@Suite struct CatalogueTests {
    @Test func `of two files with one id the nearer origin serves, then the first path`() {
        var catalogue = Catalogue()
        let files: [(String, Catalogue.Origin)] = [
            ("/usr/lib/a.so", .system), ("/home/z.so", .user), ("/home/b.so", .user),
            ("/home/a.so", .development),
        ]
        for (path, origin) in files {
            catalogue.add(path, origin)
            catalogue.learn(path, id: "fs")
        }
        for expected in ["/home/a.so", "/home/b.so", "/home/z.so", "/usr/lib/a.so"] {
            #expect(catalogue.best(for: "fs") == expected)
            #expect(catalogue.remove(expected) == "fs")
        }
        #expect(catalogue.best(for: "fs") == nil)
    }

    @Test func `a file that said nothing yet serves nobody`() {
        var catalogue = Catalogue()
        catalogue.add("/a.so", .user)
        #expect(catalogue.best(for: "fs") == nil)
        #expect(catalogue.id(of: "/a.so") == nil)
        #expect(catalogue.origin(of: "/a.so") == .user)
    }

    @Test func `a file may change its id`() {
        var catalogue = Catalogue()
        catalogue.add("/a.so", .user)
        catalogue.learn("/a.so", id: "fs")
        catalogue.learn("/a.so", id: "apps")
        #expect(catalogue.best(for: "fs") == nil)
        #expect(catalogue.best(for: "apps") == "/a.so")
    }

    @Test func `a file that is found twice keeps its id and the nearer origin`() {
        var catalogue = Catalogue()
        catalogue.add("/a.so", .user)
        catalogue.learn("/a.so", id: "fs")
        catalogue.add("/a.so", .development)
        catalogue.add("/a.so", .system)
        #expect(catalogue.origin(of: "/a.so") == .development)
        #expect(catalogue.id(of: "/a.so") == "fs")
    }

    @Test func `what was never added cannot be learnt or removed`() {
        var catalogue = Catalogue()
        catalogue.learn("/a.so", id: "fs")
        #expect(catalogue.best(for: "fs") == nil)
        #expect(catalogue.remove("/a.so") == nil)
        #expect(catalogue.paths.isEmpty)
    }
}
