/// A length of time as a person says it.
package enum Span {
    package static func words(_ seconds: Double) -> String {
        switch seconds {
        case ..<0.5: "a moment"
        case ..<120: "\(Int(seconds.rounded(.up))) s"
        case ..<7_200: "\(Int((seconds / 60).rounded(.up))) min"
        default: "\(Int((seconds / 3_600).rounded(.up))) h"
        }
    }
}
