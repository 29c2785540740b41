@_exported public import ApusEngine
@_exported public import ApusEvents
@_exported public import ApusFormats
@_exported public import ApusKernels
@_exported public import ApusMethods
@_exported public import ApusNeural
@_exported public import ApusPhysics
@_exported public import ApusStudy
