import Testing

@testable import KernelBus

@Suite struct BusMatchTests {
    @Test func `a match fits what it names, and nothing beside it`() {
        var match = BusMatch(sender: "a.b")
        #expect(match.fits(path: "/x", interface: "i.j", member: "M"))
        match.interface = "i.j"
        match.member = "M"
        #expect(match.fits(path: "/x", interface: "i.j", member: "M"))
        #expect(!match.fits(path: "/x", interface: "i.k", member: "M"))
        #expect(!match.fits(path: "/x", interface: "i.j", member: "N"))
        match.path = "/x"
        #expect(!match.fits(path: "/x/y", interface: "i.j", member: "M"))
        #expect(
            match.rule == "type='signal',sender='a.b',path='/x',interface='i.j',member='M'")
    }

    @Test func `a namespace is an object and what is below it`() {
        var match = BusMatch(sender: "a.b")
        match.pathNamespace = "/x"
        for (path, fits) in [("/x", true), ("/x/y", true), ("/xy", false), ("/", false)] {
            #expect(match.fits(path: path, interface: "i.j", member: "M") == fits, "\(path)")
        }
        match.pathNamespace = "/"
        #expect(match.fits(path: "/any", interface: "i.j", member: "M"))
    }
}
