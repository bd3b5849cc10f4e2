//! stub
use crate::figures::Figures;
use crate::setup::Setup;
use crate::subjects::Outcome;
pub(crate) fn measure(_: &Setup, _: &mut Figures) -> Outcome<()> {
    Ok(())
}
pub(crate) fn render(_: &Figures, _: &std::path::Path) -> Outcome<String> {
    Ok(String::new())
}
