//! A short text built in place, so that formatting a row allocates nothing.

/// At most 62 bytes of UTF-8; what does not fit is left out at a character's end.
#[derive(Debug, Clone, Copy)]
pub struct Short {
    bytes: [u8; 62],
    length: u8,
}

impl Default for Short {
    fn default() -> Self {
        Self { bytes: [0; 62], length: 0 }
    }
}

impl Short {
    pub fn push(&mut self, text: &str) {
        let start = usize::from(self.length);
        if let Some(room) = self.bytes.get_mut(start..start + text.len()) {
            room.copy_from_slice(text.as_bytes());
            self.length += text.len() as u8;
        }
    }

    /// Appends one ASCII character.
    pub fn push_byte(&mut self, byte: u8) {
        if byte.is_ascii()
            && let Some(room) = self.bytes.get_mut(usize::from(self.length))
        {
            *room = byte;
            self.length += 1;
        }
    }

    /// Appends the last `width` (at most 20) decimal digits of a number, with leading zeros.
    pub fn push_padded(&mut self, number: u64, width: usize) {
        let start = usize::from(self.length);
        if let Some(room) = self.bytes.get_mut(start..start + width) {
            write_padded(room, number);
            self.length += width as u8;
        }
    }

    pub fn as_str(&self) -> &str {
        // Only whole texts and ASCII are ever appended, so this always is UTF-8.
        std::str::from_utf8(&self.bytes[..usize::from(self.length)]).unwrap_or_default()
    }
}

/// Fills `room` with the last decimal digits of a number.
pub fn write_padded(room: &mut [u8], mut number: u64) {
    for place in room.iter_mut().rev() {
        *place = b'0' + (number % 10) as u8;
        number /= 10;
    }
}
