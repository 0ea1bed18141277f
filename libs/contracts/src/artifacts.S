// SPDX-License-Identifier: Apache-2.0
// The bytes of artifacts.bin as a constant; META138_ARTIFACTS is the file's path.
    .section .rodata
    .balign 64
    .globl meta138_contract_artifacts
meta138_contract_artifacts:
    .incbin META138_ARTIFACTS
    .section .note.GNU-stack, "", @progbits
