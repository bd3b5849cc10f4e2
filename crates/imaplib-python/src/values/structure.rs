//! The MIME structure of a message: its parts, and which of them are attachments.

use imaplib_proto::mime::attachment::{self, Attachment};
use imaplib_proto::mime::transfer_encoding::Decoder;
use imaplib_proto::types::BodyStructure;
use pyo3::prelude::*;
use pyo3::types::PyBytes;

/// The MIME structure of a message.
#[pyclass(frozen, module = "imaplib_rs")]
pub(crate) struct Structure(pub(crate) BodyStructure);

/// A part of a message.
#[pyclass(frozen, module = "imaplib_rs")]
pub(crate) struct Part {
    attachment: Attachment,
}

#[pymethods]
impl Structure {
    /// The parts that are attachments: those that their sender calls so, that have a file name, or that are not text.
    fn attachments(&self) -> Vec<Part> {
        attachment::list(&self.0).into_iter().map(|attachment| Part { attachment }).collect()
    }

    /// All parts that are not multiparts, in the order of the message.
    fn parts(&self) -> Vec<Part> {
        let leaves = self.0.leaves().into_iter();
        leaves.map(|(number, part)| Part { attachment: Attachment::new(number, part) }).collect()
    }

    /// The parts that are the text of the message.
    fn texts(&self) -> Vec<Part> {
        let texts = self.0.texts().into_iter();
        texts.map(|(number, part)| Part { attachment: Attachment::new(number, part) }).collect()
    }

    fn __repr__(&self) -> String {
        format!("<Structure of {} parts>", self.0.leaves().len())
    }
}

#[pymethods]
impl Part {
    /// Its number, as in `BODY[2.1]`.
    #[getter]
    fn number(&self) -> String {
        self.attachment.part.to_string()
    }

    /// The file name that the sender wrote, decoded: not to be trusted.
    #[getter]
    fn file_name(&self) -> Option<&str> {
        self.attachment.name.as_deref()
    }

    /// The media type in lower case, as `image/png`.
    #[getter]
    fn media_type(&self) -> &str {
        &self.attachment.media_type
    }

    /// The size of the decoded part in bytes, as far as it can be known.
    #[getter]
    fn size(&self) -> u64 {
        self.attachment.size
    }

    /// The transfer encoding, in lower case.
    #[getter]
    fn encoding(&self) -> &'static str {
        self.attachment.encoding.name()
    }

    /// What removes the transfer encoding.
    fn decoder(&self) -> PartDecoder {
        PartDecoder(Some(Decoder::new(Vec::new(), self.attachment.encoding)))
    }

    fn __repr__(&self) -> String {
        format!("<Part {} {} {:?}>", self.number(), self.media_type(), self.file_name().unwrap_or_default())
    }
}

/// Removes a transfer encoding, piece by piece.
#[pyclass(module = "imaplib_rs._native")]
pub(crate) struct PartDecoder(Option<Decoder<Vec<u8>>>);

#[pymethods]
impl PartDecoder {
    /// What the next bytes become.
    fn feed<'py>(&mut self, py: Python<'py>, data: &[u8]) -> PyResult<Bound<'py, PyBytes>> {
        let Some(decoder) = &mut self.0 else { return Ok(PyBytes::new(py, b"")) };
        std::io::Write::write_all(decoder, data)?;
        let decoded = std::mem::take(decoder.get_mut());
        Ok(PyBytes::new(py, &decoded))
    }

    /// What is left at the end.
    fn finish<'py>(&mut self, py: Python<'py>) -> PyResult<Bound<'py, PyBytes>> {
        let Some(decoder) = self.0.take() else { return Ok(PyBytes::new(py, b"")) };
        let (rest, _) = decoder.finish_into()?;
        Ok(PyBytes::new(py, &rest))
    }
}
