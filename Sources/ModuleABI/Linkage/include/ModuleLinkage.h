/* Nothing to declare: SwiftPM wants a header for a C target. */
