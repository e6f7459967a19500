import Desktop
import Testing

@testable import SystemControlLogic

struct LevelTests {
    @Test(arguments: [
        ("40", Level.percent(40)), ("40%", .percent(40)), (" 40 % ", .percent(40)),
        ("0", .percent(0)), ("+10", .change(10)), ("-10%", .change(-10)), ("− 5", .change(-5)),
        ("9999", .percent(9999)),
    ])
    func `a level is a percentage or a change`(text: String, level: Level) throws {
        #expect(try Level(text) == level)
    }

    @Test(arguments: ["", "loud", "+", "%", "4.5", "10000", "+-1", "1e2", "٤", "40%%", "--1"])
    func `anything else is refused with an example`(text: String) {
        let error = #expect(throws: DesktopError.self) { try Level(text) }
        #expect(error?.kind == .invalid)
        #expect(error?.description.contains("such as 40, +10 or -10") == true)
    }

    @Test(arguments: [
        (Level.percent(120), 50, false, 100), (.percent(120), 50, true, 120),
        (.percent(500), 50, true, 150), (.change(10), 95, false, 100), (.change(10), 95, true, 105),
        (.change(-10), 5, false, 0), (.change(10), 120, false, 120),
        (.change(-10), 120, false, 110),
    ])
    func `a volume stops at 100 unless it is boosted`(
        level: Level, now: Int, boost: Bool, expected: Int
    ) {
        #expect(Sound.percent(for: level, from: now, boost: boost) == expected)
    }
}
