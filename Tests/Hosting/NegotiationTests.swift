import KernelHosting
import Testing

@Suite struct NegotiationTests {
    private func entry() -> EntryFacts {
        EntryFacts(
            magic: Negotiation.magic, size: Negotiation.entryBytesMin, major: Negotiation.major,
            minor: Negotiation.minor, minorRequired: 0)
    }

    @Test func `an entry of this version fits`() {
        #expect(Negotiation.problems(entry()).isEmpty)
    }

    @Test func `a larger entry of a later minor version fits`() {
        var later = entry()
        later.size += 64
        later.minor += 3
        #expect(Negotiation.problems(later).isEmpty)
    }

    @Test func `without the magic number nothing else is judged`() {
        var wrong = entry()
        wrong.magic = 1
        wrong.size = 0
        wrong.major = 9
        let problems = Negotiation.problems(wrong)
        #expect(problems.count == 1)
        #expect(problems.first?.contains("magic is 0x1, expected 0x6f6d6c656e72656b") == true)
    }

    @Test func `a smaller entry is refused with both sizes`() {
        var small = entry()
        small.size -= 1
        let problem = Negotiation.problems(small).first ?? ""
        #expect(problem.contains("size is \(Negotiation.entryBytesMin - 1)"))
        #expect(problem.contains("at least \(Negotiation.entryBytesMin)"))
    }

    @Test(arguments: [0, 2, UInt16.max])
    func `another major version is refused with what to do`(major: UInt16) {
        var other = entry()
        other.major = major
        let problems = Negotiation.problems(other)
        #expect(problems.count == 1)
        #expect(problems.first?.contains("abi_major is \(major), expected 1") == true)
        #expect(problems.first?.contains("rebuild the module") == true)
    }

    @Test func `a minor version that this kernel lacks is refused with what to do`() {
        var demanding = entry()
        demanding.minorRequired = Negotiation.minor + 1
        let problems = Negotiation.problems(demanding)
        #expect(problems.count == 1)
        let words = "abi_minor_required is \(Negotiation.minor + 1), this kernel has"
        #expect(problems.first?.contains("\(words) \(Negotiation.minor)") == true)
        #expect(problems.first?.contains("upgrade the kernel") == true)
    }

    @Test func `every field that differs is named`() {
        var wrong = entry()
        wrong.size = 12
        wrong.major = 2
        #expect(Negotiation.problems(wrong).count == 2)
    }
}
