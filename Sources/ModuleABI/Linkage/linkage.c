/* This target carries only linker settings: see moduleLinking in Package.swift. */
